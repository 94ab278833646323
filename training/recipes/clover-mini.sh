#!/usr/bin/env bash
# The shipped bridge from nothing but the training pictures; every command goes on where it stopped.
#
#     training/recipes/clover-mini.sh DATA RUNS
#
# DATA holds a folder for each source (see the README, "Train your own bridge"), RUNS takes 5 GB.
# On two CPU cores: ten minutes for the encoder, half an hour each for the two halves of tuning.
set -euo pipefail
data=$1 runs=$2

clover-train instructions --data "$data" --out "$runs/instructions" --yes-no 2
clover-train tune --instructions "$runs/instructions/train.jsonl" --root "$data" --out "$runs/tuned" \
    --version 0.3.0 --warm-up-steps 900 --steps 420 --views 3
clover-train read --bridge "$runs/tuned/bridge" --data "$data"
clover-train evaluate --bridge "$runs/tuned/bridge" --data "$data" --out "$runs/tuned/report" --baselines
