from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from huggingface_hub import constants

from clover_chat.errors import WeightsError
from clover_chat.model.hub import HubRepository, find_repository
from clover_chat.model.presets import Places
from clover_chat.types import ModelState, Stage
from tests.model.scripted_hub import COMMIT, ScriptedHub

REPOSITORY = HubRepository("someone/tiny-model", "a tiny model", 0.000_1)
FILES = {
    "config.json": b"{}",
    "model.safetensors": b"t" * 90_000,
    "qformer_tokenizer/tokenizer.json": b"{}",
    "pytorch_model.bin": b"a pickle",
    "model.py": b"print('code of somebody else')",
}
Serve = Callable[[ScriptedHub], None]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Return a function that makes the hub's client talk to a hub on this machine."""
    with ExitStack() as stack:

        def use(hub: ScriptedHub) -> None:
            address = stack.enter_context(hub.served())
            monkeypatch.setattr(constants, "ENDPOINT", address)
            template = address + "/{repo_id}/resolve/{revision}/{filename}"
            monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)

        yield use


def quiet_places(tmp_path: Path, weights_dir: Path | None = None) -> Places:
    return Places(tmp_path / "cache", weights_dir, lambda state: None)


def test_the_persons_own_folder_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "mine" / "tiny-model"
    own.mkdir(parents=True)
    assert find_repository(REPOSITORY, quiet_places(tmp_path, tmp_path / "mine")) == own


def test_the_hub_is_asked_with_progress_and_never_for_pickles_or_code(
    tmp_path: Path, serve: Serve
) -> None:
    hub = ScriptedHub(REPOSITORY.name, FILES)
    serve(hub)
    said: list[ModelState] = []
    folder = find_repository(REPOSITORY, Places(tmp_path / "cache", None, said.append))

    assert (folder / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    assert (folder / "qformer_tokenizer" / "tokenizer.json").exists()
    assert hub.asked == {"config.json", "model.safetensors", "qformer_tokenizer/tokenizer.json"}
    assert {state.stage for state in said} == {Stage.FETCHING}
    assert said[0].detail == "Fetching a tiny model, 0.0001 GB"
    fractions = [state.fraction or 0.0 for state in said]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(0.9, abs=0.01)


def test_what_was_fetched_is_found_again_without_the_hub(tmp_path: Path, serve: Serve) -> None:
    hub = ScriptedHub(REPOSITORY.name, FILES)
    serve(hub)
    first = find_repository(REPOSITORY, quiet_places(tmp_path))
    hub.asked.clear()

    assert find_repository(REPOSITORY, quiet_places(tmp_path)) == first
    assert hub.asked == set()


def test_a_download_that_was_cut_off_is_completed(tmp_path: Path, serve: Serve) -> None:
    serve(ScriptedHub(REPOSITORY.name, FILES))
    folder = find_repository(REPOSITORY, quiet_places(tmp_path))
    (folder / "model.safetensors").unlink()

    assert find_repository(REPOSITORY, quiet_places(tmp_path)) == folder
    assert (folder / "model.safetensors").exists()


def test_a_pinned_commit_is_what_is_fetched(tmp_path: Path, serve: Serve) -> None:
    serve(ScriptedHub(REPOSITORY.name, FILES))
    pinned = HubRepository(REPOSITORY.name, REPOSITORY.title, 0.000_1, COMMIT)
    assert find_repository(pinned, quiet_places(tmp_path)).name == COMMIT


def test_a_gate_is_explained_with_its_page_and_the_token(tmp_path: Path, serve: Serve) -> None:
    serve(ScriptedHub(REPOSITORY.name, FILES, is_gated=True))
    with pytest.raises(
        WeightsError, match=r"Ask for access on .*/someone/tiny-model, set HF_TOKEN"
    ):
        find_repository(REPOSITORY, quiet_places(tmp_path))


def test_a_hub_that_does_not_answer_is_a_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(
        WeightsError, match=r"'tiny-model' and name the folder .*CLOVER_WEIGHTS_DIR"
    ):
        find_repository(REPOSITORY, quiet_places(tmp_path))
