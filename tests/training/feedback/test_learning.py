import random
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator

from clover_chat.errors import TrainingError
from tests.training.colours import ColourSampler, fresh
from training.batches import Views
from training.feedback.judged import Exchange, Feedback, Lesson, Pair, Single
from training.feedback.learning import REFERENCE, FeedbackConfig, learn
from training.feedback.words import Likeliness, conversation
from training.instructions.records import ImageRef, RecordTurn

QUESTION = "a smear of"
RED, BLUE = "red cells", "blue cells"
CONFIG = FeedbackConfig(steps=12, questions=4, learning_rate=3e-3)


def exchange(number: int, earlier: tuple[RecordTurn, ...] = ()) -> Exchange:
    name = str(number)
    return Exchange((ImageRef(name, name, name),), earlier, QUESTION, (0,), name)


EXCHANGES = [exchange(number) for number in range(6)]


@pytest.fixture
def views() -> dict[ImageRef, Views]:
    drawn = ColourSampler().pictures(len(EXCHANGES), random.Random(0))
    return {each.images[0]: seen for each, seen in zip(EXCHANGES, drawn, strict=True)}


def gains(feedback: Feedback, views: dict[ImageRef, Views], run_dir: Path) -> dict[str, float]:
    """Return how much likelier answers become with a round."""
    model, processor = fresh()
    likely = Likeliness(model.eval(), processor)

    def measured() -> dict[str, torch.Tensor]:
        return {
            answer: likely.all([conversation(each, answer, views) for each in EXCHANGES])
            for answer in (RED, BLUE)
        }

    before = measured()
    run_dir.mkdir()
    sampler = ColourSampler()
    learn(model, processor, feedback, views, sampler, CONFIG, run_dir, Accelerator(cpu=True))
    return {answer: (each - before[answer]).mean().item() for answer, each in measured().items()}


def test_a_correction_becomes_likelier(views: dict[ImageRef, Views], tmp_path: Path) -> None:
    lessons = tuple(Lesson(each, RED) for each in EXCHANGES)
    assert gains(Feedback(lessons, (), (), {}), views, tmp_path / "run")[RED] > 0


def test_a_preferred_answer_gains_on_the_other(
    views: dict[ImageRef, Views], tmp_path: Path
) -> None:
    pairs = tuple(Pair(each, RED, BLUE) for each in EXCHANGES)
    found = gains(Feedback((), pairs, (), {}), views, tmp_path / "one")
    turned = tuple(Pair(each, BLUE, RED) for each in EXCHANGES)
    other = gains(Feedback((), turned, (), {}), views, tmp_path / "two")
    assert found[RED] - found[BLUE] > 0 > other[RED] - other[BLUE]


def test_a_liked_answer_gains_on_a_disliked_one(
    views: dict[ImageRef, Views], tmp_path: Path
) -> None:
    singles = tuple(Single(each, RED, True) for each in EXCHANGES)
    singles += tuple(Single(each, BLUE, False) for each in EXCHANGES)
    found = gains(Feedback((), (), singles, {}), views, tmp_path / "run")
    assert found[RED] > found[BLUE]


def test_the_parent_is_asked_once(
    views: dict[ImageRef, Views], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feedback = Feedback((), tuple(Pair(each, RED, BLUE) for each in EXCHANGES), (), {})
    gains(feedback, views, tmp_path / "run")
    kept = (tmp_path / "run" / REFERENCE).read_bytes()
    model, processor = fresh()
    monkeypatch.setattr(Likeliness, "all", None)
    sampler, run_dir = ColourSampler(), tmp_path / "run"
    learn(model, processor, feedback, views, sampler, CONFIG, run_dir, Accelerator(cpu=True))
    assert (tmp_path / "run" / REFERENCE).read_bytes() == kept


def test_only_the_last_answer_of_a_conversation_is_measured(views: dict[ImageRef, Views]) -> None:
    model, processor = fresh()
    likely = Likeliness(model.eval(), processor)
    alone, talked = EXCHANGES[0], exchange(0, (RecordTurn("", QUESTION, BLUE, (0,)),))
    together = [conversation(talked, RED, views), conversation(alone, RED, views)]
    both = likely.all(together)
    one = likely.all(together[1:])
    torch.testing.assert_close(both[1:], one, atol=1e-4, rtol=1e-4)
    assert both.shape == (2,)
    assert both[0] != both[1]
    assert likely.tokens(together) == 2 * len(processor.answer_ids(RED))


@pytest.mark.parametrize(
    ("changes", "reason"), [({"replay": 1.0}, "replay"), ({"beta": 0.0}, "beta")]
)
def test_settings_that_make_no_sense_are_refused(changes: dict[str, float], reason: str) -> None:
    with pytest.raises(TrainingError, match=reason):
        FeedbackConfig(**changes)  # type: ignore[arg-type]
