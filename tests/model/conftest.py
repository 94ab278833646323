"""Miniature engines, made once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from clover_chat.model.engine import CloverEngine
from clover_chat.model.loading import open_engine
from clover_chat.model.presets import Places
from clover_chat.types import Picture, Turn


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def llama(cache_dir: Path) -> CloverEngine:
    return open_engine("clover-tiny", None, Places(cache_dir, None, lambda state: None))


@pytest.fixture(scope="session")
def t5(cache_dir: Path) -> CloverEngine:
    return open_engine("clover-tiny-t5", None, Places(cache_dir, None, lambda state: None))


@pytest.fixture(params=["llama", "t5"])
def engine(request: pytest.FixtureRequest) -> CloverEngine:
    built: CloverEngine = request.getfixturevalue(request.param)
    return built


@pytest.fixture
def picture() -> Callable[[str], Picture]:
    def make(colour: str) -> Picture:
        return Picture(f"picture-{colour}", lambda: Image.new("RGB", (80, 64), colour))

    return make


@pytest.fixture
def turn(picture: Callable[[str], Picture]) -> Turn:
    return Turn("What is this?", (picture("red"),))
