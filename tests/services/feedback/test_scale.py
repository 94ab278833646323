"""Many judgments: the time they take, and the memory, which does not depend on how many."""

from pathlib import Path

import pytest

from tests.services.feedback.many import measure

pytestmark = pytest.mark.slow


def test_ten_thousand_judgments_take_seconds_and_no_more_memory_than_two(tmp_path: Path) -> None:
    few = measure(tmp_path / "few", 2_000)
    many = measure(tmp_path / "many", 10_000)
    assert (few.rows, many.rows) == (2_000, 10_000)
    assert many.cpu_seconds < 30  # whatever else the machine is doing
    assert many.peak_bytes - few.peak_bytes < 8 * 2**20
