"""Every benchmark, one after the other: `python -m benchmarks`."""

import sys

from benchmarks import bench_model, bench_serving, bench_slides, bench_training
from benchmarks.rows import show

if __name__ == "__main__":
    verdicts = [
        show(module.rows()) for module in (bench_model, bench_serving, bench_slides, bench_training)
    ]
    sys.exit(not all(verdicts))
