from pathlib import Path

import pytest

from clover_chat.errors import BridgeError, ConfigError, ModelNotReady
from clover_chat.model.host import LoadingHost
from clover_chat.types import Stage


def test_a_miniature_becomes_ready_in_the_background(tmp_path: Path) -> None:
    host = LoadingHost("clover-tiny", None, tmp_path)
    with pytest.raises(ModelNotReady):
        host.engine()
    host.start()
    assert list(host.progress())[-1].stage is Stage.READY
    assert host.engine().identity.preset == "clover-tiny"


def test_an_unknown_preset_is_a_state_and_a_sentence(tmp_path: Path) -> None:
    host = LoadingHost("clover-huge", None, tmp_path)
    host.load()
    assert host.state.stage is Stage.FAILED
    assert "clover-mini" in host.state.detail
    with pytest.raises(ConfigError):
        host.engine()


def test_a_missing_bridge_is_a_sentence(tmp_path: Path) -> None:
    host = LoadingHost("clover-tiny", tmp_path / "nowhere", tmp_path)
    host.load()
    with pytest.raises(BridgeError, match="no bridge folder"):
        host.engine()


def test_the_real_preset_does_not_answer_with_a_random_bridge(tmp_path: Path) -> None:
    host = LoadingHost("clover-mini", None, tmp_path)
    host.load()
    assert "needs a bridge" in host.state.detail
