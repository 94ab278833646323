"""How long an export of ten thousand judgments takes, and what memory.

python -m benchmarks.bench_feedback
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.rows import Row, at_most, show
from tests.services.feedback.many import measure

FEW, MANY = 2_000, 10_000
MOST_SECONDS = 30
MOST_GROWN_MIB = 8


def rows() -> Iterator[Row]:
    """Measure and yield every line; takes about a minute."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = (measure(Path(folder) / str(count), count) for count in (FEW, MANY))
    name = f"export of {many.rows:,} judgments, s"
    yield at_most(name, many.seconds, MOST_SECONDS)
    yield at_most(f"{name} of processor time", many.cpu_seconds, MOST_SECONDS)
    ours, baseline = many.peak_bytes / 2**20, few.peak_bytes / 2**20
    name = f"memory of exporting {MANY:,} / {FEW:,} judgments, MiB"
    target = f"at most {MOST_GROWN_MIB} MiB more"
    is_met = ours - baseline <= MOST_GROWN_MIB
    yield Row(name, ours, baseline, ours / baseline, target, is_met)


if __name__ == "__main__":
    show(rows())
