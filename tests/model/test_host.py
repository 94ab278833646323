import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from clover_chat.errors import BridgeError, BridgeMismatch, ConfigError, ModelNotReady, StorageError
from clover_chat.model.bridge_folder import TENSORS, Choose, Chosen, read_bridge
from clover_chat.model.host import LoadingHost
from clover_chat.types import Engine, Picture, Stage
from tests.bridges import write_bridge

Script = list[Chosen | StorageError]


def always(folder: Path | None) -> Choose:
    return lambda: Chosen(folder)


def first_of(script: Script) -> Choose:
    """Return what chooses the first of a list that a test may change."""

    def choose() -> Chosen:
        if isinstance(script[0], StorageError):
            raise script[0]
        return script[0]

    return choose


def version(engine: Engine) -> str:
    return engine.identity.bridge_version


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return write_bridge(tmp_path / "one", 1)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return write_bridge(tmp_path / "two", 2)


@pytest.fixture
def script(one: Path) -> Script:
    return [Chosen(one)]


@pytest.fixture
def host(script: Script, cache_dir: Path) -> LoadingHost:
    host = LoadingHost("clover-tiny", first_of(script), cache_dir)
    host.load()
    return host


def test_a_miniature_becomes_ready_in_the_background(tmp_path: Path) -> None:
    host = LoadingHost("clover-tiny", always(None), tmp_path)
    with pytest.raises(ModelNotReady):
        host.engine()
    host.start()
    assert list(host.progress())[-1].stage is Stage.READY
    assert host.engine().identity.preset == "clover-tiny"


def test_an_unknown_preset_is_a_state_and_a_sentence(tmp_path: Path) -> None:
    host = LoadingHost("clover-huge", always(None), tmp_path)
    host.load()
    assert host.state.stage is Stage.FAILED
    assert "clover-mini" in host.state.detail
    with pytest.raises(ConfigError):
        host.engine()


def test_a_missing_bridge_is_a_sentence(tmp_path: Path) -> None:
    host = LoadingHost("clover-tiny", always(tmp_path / "nowhere"), tmp_path)
    host.load()
    with pytest.raises(BridgeError, match="no bridge folder"):
        host.engine()


def test_the_real_preset_does_not_answer_with_a_random_bridge(tmp_path: Path) -> None:
    host = LoadingHost("clover-mini", always(None), tmp_path)
    host.load()
    assert "needs a bridge" in host.state.detail


def test_another_bridge_takes_over_without_a_restart(
    host: LoadingHost, script: Script, two: Path
) -> None:
    before = host.engine()
    script[0] = Chosen(two, number=1)
    assert (version(before), version(host.engine())) == ("0.1", "0.2")
    assert host.engine() is host.engine()
    assert host.state.stage is Stage.READY


def test_the_frozen_models_are_not_loaded_again(
    host: LoadingHost, script: Script, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_arguments: object) -> None:
        raise AssertionError("frozen models were loaded again")

    monkeypatch.setattr("clover_chat.model.loading.load_frozen", never)
    script[0] = Chosen(two, number=1)
    assert version(host.engine()) == "0.2"


def test_another_bridge_answers_beside_the_one_at_work_for_as_long_as_somebody_holds_it(
    host: LoadingHost, one: Path, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clover_chat.model.loading.load_frozen", None)  # is not called again
    at_work = host.engine()
    beside = host.beside(two)
    assert (version(beside), version(host.engine())) == ("0.2", "0.1")
    assert host.beside(one) is at_work
    with beside.in_line() as mine, at_work.in_line() as theirs:
        assert list(mine) == []
        assert next(theirs) == 1
    held = weakref.ref(beside)
    del beside, mine
    gc.collect()
    assert held() is None


def test_a_bridge_of_another_model_is_not_opened_beside(host: LoadingHost, tmp_path: Path) -> None:
    foreign = write_bridge(tmp_path / "foreign", 3, frozen={"vision_model": "f" * 64})
    with pytest.raises(BridgeMismatch, match="belongs to another"):
        host.beside(foreign)
    assert version(host.engine()) == "0.1"


def test_nothing_is_opened_beside_a_model_that_is_not_there_yet(tmp_path: Path) -> None:
    with pytest.raises(ModelNotReady):
        LoadingHost("clover-tiny", always(None), tmp_path).beside(tmp_path)


def test_bridges_share_features_and_the_line_and_nothing_else(
    host: LoadingHost, script: Script, two: Path, picture: Callable[[str], Picture]
) -> None:
    old = host.engine()
    old.embed(picture("violet"))
    script[0] = Chosen(two, number=1)
    new = host.engine()
    assert isinstance(new, type(old))
    ours, theirs = vars(old), vars(new)
    shared = {name for name in ours if ours[name] is theirs[name] and ours[name] is not None}
    assert {"_features", "_line"} <= shared
    assert not shared & {"_readings", "_prefixes", "_model", "_processor", "_identity"}


def test_bridges_that_prepare_pictures_differently_do_not_share_features(
    host: LoadingHost, script: Script, tmp_path: Path
) -> None:
    from clover_chat.model.pixels import ImageInput

    image_input = ImageInput(size=32, max_size=32, multiple=16)
    other = write_bridge(tmp_path / "smaller", 3, image_input=image_input)
    old = host.engine()
    script[0] = Chosen(other, number=1)
    assert vars(host.engine())["_features"] is not vars(old)["_features"]


@pytest.mark.parametrize("damage", ["cut off", "gone", "changed"])
def test_a_bridge_that_cannot_be_loaded_leaves_the_old_one_and_a_sentence(
    host: LoadingHost, script: Script, two: Path, damage: str
) -> None:
    expected = read_bridge(two).sha256
    if damage == "cut off":
        (two / TENSORS).write_bytes((two / TENSORS).read_bytes()[:-8])
    elif damage == "gone":
        (two / TENSORS).unlink()
    else:
        write_bridge(two, 3)
    script[0] = Chosen(two, expected, number=1)
    assert version(host.engine()) == "0.1"
    assert host.state.stage is Stage.READY
    assert host.state.detail.endswith("The bridge 0.1 goes on answering.")
    assert "\n" not in host.state.detail


def test_a_bridge_that_fails_is_tried_once_and_the_next_one_clears_the_sentence(
    host: LoadingHost, script: Script, two: Path, tmp_path: Path
) -> None:
    script[0] = Chosen(tmp_path / "nowhere", number=1)
    host.engine()
    (tmp_path / "nowhere").mkdir()
    host.engine()
    assert "no bridge folder" in host.state.detail
    script[0] = Chosen(two, number=2)
    assert version(host.engine()) == "0.2"
    assert host.state.detail == ""


def test_a_damaged_history_leaves_the_old_bridge_until_it_is_mended(
    host: LoadingHost, script: Script, one: Path
) -> None:
    script[0] = StorageError("The history of bridges cannot be read.")
    engine = host.engine()
    assert "history of bridges cannot be read" in host.state.detail
    script[0] = Chosen(one)
    assert host.engine() is engine
    assert host.state.detail == ""


def test_a_start_that_failed_is_mended_by_going_back(
    script: Script, one: Path, two: Path, cache_dir: Path
) -> None:
    (two / TENSORS).unlink()
    script[0] = Chosen(two, number=1)
    host = LoadingHost("clover-tiny", first_of(script), cache_dir)
    host.load()
    with pytest.raises(BridgeError, match="missing or damaged"):
        host.engine()
    script[0] = Chosen(one, number=2)
    states = [state.stage for state in host.progress()]
    assert states[0] is Stage.LOADING
    assert states[-1] is Stage.READY
    assert version(host.engine()) == "0.1"


def test_a_promoted_bridge_that_was_changed_is_refused_at_the_start(
    one: Path, cache_dir: Path
) -> None:
    host = LoadingHost("clover-tiny", lambda: Chosen(one, "f" * 64, 1), cache_dir)
    host.load()
    with pytest.raises(BridgeMismatch, match="changed after its promotion"):
        host.engine()
