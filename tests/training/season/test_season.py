from pathlib import Path

import pytest

from tests.training.feedback.lab import run, write_data


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("season")
    write_data(root / "data", count=24)
    return root


def season(lab: Path, out: Path, bridge: Path, *more: str | Path | float) -> str:
    words: list[str | Path | float] = ["season", "--data", lab / "data", "--out", out]
    words += ["--bridge", bridge, "--affected", "monocyte", "--preset", "clover-tiny"]
    words += ["--per-label", 4, "--rounds", 2, "--pictures", 12, "--pinned", 4]
    return run(*words, "--cache-dir", lab / "cache", *more)
