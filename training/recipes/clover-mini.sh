#!/usr/bin/env bash
# The shipped bridge from nothing but the training pictures; every command goes on where it stopped.
#
#     training/recipes/clover-mini.sh DATA RUNS
#
# DATA holds a folder for each source (see docs/researchers.md, "Train your own bridge"), RUNS takes
# 5 GB. On two CPU cores: ten minutes for the encoder, half an hour each for the two halves of
# tuning. PRESET, WARM_UP_STEPS and STEPS in the environment make it another or a shorter run.
set -euo pipefail
data=$1 runs=$2
preset=(--preset "${PRESET:-clover-mini}")

clover-train instructions --data "$data" --out "$runs/instructions" --yes-no 2
clover-train tune --instructions "$runs/instructions/train.jsonl" --root "$data" --out "$runs/tuned" \
    --version 0.3.0 --warm-up-steps "${WARM_UP_STEPS:-900}" --steps "${STEPS:-420}" --views 3 "${preset[@]}"
clover-train read --bridge "$runs/tuned/bridge" --data "$data" --views 3 "${preset[@]}"
clover-train familiar --bridge "$runs/tuned/bridge" --data "$data" "${preset[@]}"
clover-train evaluate --bridge "$runs/tuned/bridge" --data "$data" --out "$runs/tuned/report" \
    --baselines "${preset[@]}"
