"""Every benchmark, one after the other: `python -m benchmarks`."""

import os
import sys

from benchmarks import (
    bench_conversations,
    bench_feedback,
    bench_memory,
    bench_model,
    bench_page,
    bench_panning,
    bench_serving,
    bench_slides,
    bench_training,
    bench_viewer,
)
from benchmarks.rows import show

MODULES = (
    bench_model,
    bench_serving,
    bench_slides,
    bench_memory,
    bench_viewer,
    bench_panning,
    bench_training,
    bench_feedback,
    bench_page,
    bench_conversations,
)

if __name__ == "__main__":
    cores, load = os.cpu_count(), os.getloadavg()[0]
    sys.stdout.write(f"{cores} cores, {load:.1f} processes at work on them before\n")
    verdicts = [show(module.rows()) for module in MODULES]
    sys.exit(not all(verdicts))
