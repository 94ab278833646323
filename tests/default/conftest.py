"""The real default model: frozen weights from cache or package index, the shipped bridge."""

from pathlib import Path

import platformdirs
import pytest

from clover_chat.bootstrap import shipped_bridge
from clover_chat.errors import WeightsError
from clover_chat.model.engine import CloverEngine
from clover_chat.model.loading import open_engine
from clover_chat.model.presets import Places

PRESET = "clover-mini"
PATCHES = Path(__file__).resolve().parents[3] / "shared" / "data" / "patches"


@pytest.fixture(scope="session")
def mini() -> CloverEngine:
    places = Places(platformdirs.user_cache_path("clover-chat"), None, lambda state: None)
    try:
        return open_engine(PRESET, shipped_bridge(PRESET), places)
    except WeightsError as error:
        if "connect to the network" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def patches_dir() -> Path:
    if not PATCHES.is_dir():
        pytest.skip("the test images are not beside this checkout")
    return PATCHES
