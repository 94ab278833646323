"""The real default model: frozen weights from cache or package index, the shipped bridge."""

import json
from pathlib import Path

import platformdirs
import pytest

from clover_chat.bootstrap import shipped_bridge
from clover_chat.errors import WeightsError
from clover_chat.knowledge.guiding import guide
from clover_chat.model.engine import CloverEngine
from clover_chat.model.loading import open_engine
from clover_chat.model.presets import Places
from training.instructions.specimens import SOURCES

PRESET = "clover-mini"
PATCHES = Path(__file__).resolve().parents[3] / "shared" / "data" / "patches"


@pytest.fixture(scope="session")
def mini() -> CloverEngine:
    places = Places(platformdirs.user_cache_path("clover-chat"), None, lambda state: None)
    try:
        return open_engine(PRESET, shipped_bridge(PRESET), places, guide)
    except WeightsError as error:
        if "connect to the network" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def unseen() -> dict[str, Path]:
    """Return a picture of the test split for each label."""
    if not PATCHES.is_dir():
        pytest.skip("the test images are not beside this checkout")
    found: dict[str, Path] = {}
    for source in SOURCES:
        for line in (PATCHES / source / "labels.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["split"] == "test":
                found.setdefault(row["label"], PATCHES / source / row["image"])
    return found
