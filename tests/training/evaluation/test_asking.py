from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from clover_chat.model.clover import CloverModel
from clover_chat.model.engine import CloverEngine
from clover_chat.model.features import FeatureStore
from clover_chat.model.loading import open_model
from clover_chat.model.pixels import to_pixel_values
from clover_chat.model.presets import TINY, Places
from clover_chat.model.processor import CloverProcessor
from clover_chat.types import Identity, Picture, Sampling, Turn
from training.batches import Views
from training.evaluation.asking import predict
from training.evaluation.predictions import Prediction
from training.evaluation.query_output import mean_query_output
from training.instructions.records import ImageRef, Method, Provenance, Record, RecordTurn

QUESTIONS = ("What is this?", "Why do you think so?", "How sure are you?")
MADE = Provenance(Method.CARD, "a test", "0" * 64)
COLOURS = {"a": "red", "b": "teal"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[CloverModel, CloverProcessor]:
    places = Places(tmp_path_factory.mktemp("cache"), None, lambda state: None)
    model, processor, _ = open_model(TINY, None, places)
    return model, processor


def image(name: str) -> ImageRef:
    return ImageRef(f"{name}.png", name * 64, name)


def record(name: str, questions: int) -> Record:
    turns = [RecordTurn("label", each, "An answer.") for each in QUESTIONS[:questions]]
    return Record((image(name),), tuple(turns), "here", "CC0-1.0", MADE, "test", "basophil")


def picture(name: str) -> Image.Image:
    return Image.new("RGB", (64, 64), COLOURS[name])


def views(model: CloverModel) -> dict[ImageRef, Views]:
    found: dict[ImageRef, Views] = {}
    for name in COLOURS:
        pixels = to_pixel_values(picture(name), model.config.image_input)
        found[image(name)] = (model.encode(pixels)[0].half(),)
    return found


def as_the_engine_answers(engine: CloverEngine, said: Sequence[Prediction]) -> str:
    """Return the engine's answer to the last question after the same answers to the others."""
    shown = (Picture(said[0].file, lambda: picture(said[0].file[0])),)
    history = [Turn(item.question, shown, item.answer) for item in said[:-1]]
    turns = (*history, Turn(said[-1].question, shown))
    with closing(engine.generate(turns, Sampling(max_tokens=80))) as generation:
        return "".join(piece for piece in generation if isinstance(piece, str))


def whole(text: str) -> str:
    """Return text without the half signs a model of random numbers ends with."""
    return text.rstrip("\N{REPLACEMENT CHARACTER}").strip()


@pytest.mark.parametrize("answers", [(), ("A cell.", "A round cell.", "A gland with mucin.")])
def test_a_conversation_is_answered_as_the_engine_answers_it(
    opened: tuple[CloverModel, CloverProcessor], tmp_path: Path, answers: tuple[str, ...]
) -> None:
    model, known = opened
    config = replace(known.config, forms=dict.fromkeys(answers, ()))
    processor = CloverProcessor(config, known.tokenizer, known.question_tokenizer)
    records = [record("a", 3), record("b", 1), record("b", 2)]
    found = predict(model, processor, records, views(model), bridge="b" * 64, instructions="c" * 64)
    assert [(item.file, item.turn) for item in found] == [
        ("a.png", 1),
        ("a.png", 2),
        ("a.png", 3),
        ("b.png", 1),
        ("b.png", 1),
        ("b.png", 2),
    ]
    engine = CloverEngine(model, processor, FeatureStore(tmp_path), Identity("tiny", "0", "0"))
    for conversation in (found[:3], found[3:4], found[4:]):
        for place in range(1, len(conversation) + 1):
            expected = as_the_engine_answers(engine, conversation[:place])
            assert whole(conversation[place - 1].answer) == whole(expected)
            assert not answers or expected in answers


def test_a_question_about_two_pictures_is_left_out(
    opened: tuple[CloverModel, CloverProcessor],
) -> None:
    model, processor = opened
    turn = RecordTurn("same", "Are these two the same?", "No.", (0, 1))
    both = Record((image("a"), image("b")), (turn,), "here", "CC0-1.0", MADE, "test")
    found = predict(model, processor, [both], views(model), bridge="b", instructions="c")
    assert found == []


def test_the_query_output_depends_on_picture_and_question(
    opened: tuple[CloverModel, CloverProcessor],
) -> None:
    model, processor = opened
    one = mean_query_output(model, processor, views(model))
    again = mean_query_output(model, processor, views(model), batch=1)
    other = mean_query_output(model, processor, views(model), question="Which organ?")
    a, b = image("a"), image("b")
    assert one[a].shape == (model.query_tokens.shape[-1],)
    assert one[a].allclose(again[a], atol=1e-5)
    assert not one[a].allclose(one[b], atol=1e-5)
    assert not one[a].allclose(other[a], atol=1e-5)
