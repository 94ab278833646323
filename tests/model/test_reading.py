from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from clover_chat.model.checkpoint import save_bridge
from clover_chat.model.engine import CloverEngine
from clover_chat.model.features import FeatureStore
from clover_chat.model.loading import open_engine, open_model
from clover_chat.model.presets import TINY, Places
from clover_chat.model.processor import CloverProcessor
from clover_chat.model.reading import QUESTIONS, look_for_reading
from clover_chat.model.reading_files import save_reading
from clover_chat.model.tiny import WIDTH
from clover_chat.types import Guidance, Picture, Reading, Sampling, Turn
from tests.model.readings import LABELS, SEEN, choice, head


def outputs(seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {aspect: torch.randn(SEEN, generator=generator).double() for aspect in QUESTIONS}


def read() -> Reading:
    return head().read(outputs())


@pytest.mark.parametrize("aspect", QUESTIONS)
def test_findings_are_probabilities_likeliest_first(aspect: str) -> None:
    found = [each.probability for each in getattr(read(), aspect)]
    assert found == sorted(found, reverse=True)
    assert sum(found) == pytest.approx(1.0)
    assert all(0 <= each <= 1 for each in found)


def test_labels_are_weighted_by_how_likely_their_source_is() -> None:
    reading, seen = head(), outputs()["label"][None]
    sources = dict(zip(reading.source.names, reading.source.probabilities(seen)[0], strict=True))
    found = {each.name: each.probability for each in read().label}
    for source, names in LABELS.items():
        assert sum(found[name] for name in names) == pytest.approx(float(sources[source]))


def test_a_label_of_two_sources_is_one_finding() -> None:
    shared = replace(head(), labels={source: choice(LABELS["cells"], 4) for source in LABELS})
    names = [each.name for each in shared.read(outputs()).label]
    assert sorted(names) == sorted(LABELS["cells"])


def test_a_higher_temperature_is_less_sure_of_the_same() -> None:
    seen = outputs()["organ"][None]
    cold, warm = choice(("a", "b"), 1, 1.0), choice(("a", "b"), 1, 5.0)
    assert warm.probabilities(seen).max() < cold.probabilities(seen).max()
    assert warm.probabilities(seen).argmax() == cold.probabilities(seen).argmax()
    assert torch.equal(warm.uncalibrated().probabilities(seen), cold.probabilities(seen))


@pytest.fixture
def bridge_dir(llama: CloverEngine, tmp_path: Path) -> Path:
    save_bridge(tmp_path, llama._model, llama._processor.question_tokenizer)
    return tmp_path


def test_a_bridge_without_a_reading_reads_nothing(
    llama: CloverEngine, picture: Callable[[str], Picture]
) -> None:
    assert llama.read(picture("red")) is None


def test_an_engine_reads_with_the_reading_in_the_bridge_folder(
    bridge_dir: Path, cache_dir: Path, picture: Callable[[str], Picture]
) -> None:
    places = Places(cache_dir, None, lambda state: None)
    _, _, identity = open_model(TINY, bridge_dir, places)
    save_reading(bridge_dir, head(identity.bridge_hash))
    engine = open_engine("clover-tiny", bridge_dir, places)

    red, blue = engine.read(picture("red")), engine.read(picture("blue"))
    assert red is not None
    assert {each.name for each in red.label} == {name for each in LABELS.values() for name in each}
    assert red == engine.read(picture("red"))
    assert red != blue


def test_the_features_of_a_picture_serve_reading_and_answering(
    llama: CloverEngine, picture: Callable[[str], Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = CloverEngine(
        llama._model, llama._processor, FeatureStore(None), llama.identity, head()
    )
    engine.embed(picture("green"))

    def never(pixel_values: object) -> None:
        raise AssertionError("the encoder ran again")

    monkeypatch.setattr(engine._model, "encode", never)
    assert engine.read(picture("green")) is not None


def test_pictures_together_are_seen_as_each_alone(llama: CloverEngine) -> None:
    patches = torch.randn(3, 9, WIDTH, generator=torch.Generator().manual_seed(0))
    together = look_for_reading(llama._model, llama._processor, patches)
    alone = look_for_reading(llama._model, llama._processor, patches[1:2])
    for aspect in QUESTIONS:
        assert together[aspect].shape == (3, SEEN)
        torch.testing.assert_close(together[aspect][1:2], alone[aspect], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("label", LABELS["cells"])
def test_only_answers_that_fit_the_reading_are_written(
    llama: CloverEngine, picture: Callable[[str], Picture], label: str
) -> None:
    forms: dict[str, tuple[str, ...]] = {f"A {name}.": (name,) for name in LABELS["cells"]}
    known = llama._processor
    processor = CloverProcessor(
        replace(known.config, forms=forms), known.tokenizer, known.question_tokenizer
    )
    asked: list[tuple[str, int]] = []

    def guide(question: str, readings: Sequence[Reading]) -> Guidance:
        asked.append((question, len(readings)))
        return Guidance(frozenset({label}))

    engine = CloverEngine(
        llama._model, processor, FeatureStore(None), llama.identity, head(), guide
    )
    turns = (Turn("What?", (picture("red"),), "A cell."), Turn("Which?"))
    said = "".join(piece for piece in engine.generate(turns, Sampling()) if isinstance(piece, str))
    assert said == f"A {label}."
    assert asked == [("Which?", 1)]
