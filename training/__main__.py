"""`python -m training` is `clover-train`; this form is for `accelerate launch` and its kin."""

from training.cli import main

main()
