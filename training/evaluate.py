"""What a bridge gets right on labelled patches it never saw, read strictly.

Every patch is asked for its organ, its stain and its label, and twice yes or no about a label: once
about the right one, once about a wrong one, so that always saying the same scores 50%.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from training.cache import SeenPatch
from training.instructions.labels import label
from training.instructions.sources import LabelledPatch
from training.instructions.templates import QUESTIONS, YES_NO, Truths
from training.reading import names_only, verdict

KINDS = ("organ", "stain", "label", "yes_no")


@dataclass(frozen=True)
class Question:
    """One question with what a right answer says.

    Attributes:
        kind: One of `KINDS`.
        text: As asked.
        truth: The name to be given, or "yes" or "no".
    """

    kind: str
    text: str
    truth: str


@dataclass(frozen=True)
class Prediction:
    """One answer, as kept in the predictions file."""

    source: str
    image: str
    label: str
    kind: str
    question: str
    truth: str
    answer: str
    is_right: bool


def questions_about(patch: LabelledPatch, truths: Truths, rng: random.Random) -> list[Question]:
    """Return the questions for one patch, phrased at random."""
    known = label(patch.label)
    wrong = label(truths.other_label(patch, rng))
    patterns = YES_NO["label"]
    return [
        Question("organ", rng.choice(QUESTIONS["organ"]), patch.organ),
        Question("stain", rng.choice(QUESTIONS["stain"]), patch.stain),
        Question("label", rng.choice(QUESTIONS["label"]), known.name),
        Question("yes_no", rng.choice(patterns).format(phrase=known.phrase), "yes"),
        Question("yes_no", rng.choice(patterns).format(phrase=wrong.phrase), "no"),
    ]


def is_right(question: Question, answer: str, truths: Truths) -> bool:
    """Read one answer: exactly the true name of all known ones, or the right first word."""
    if question.kind == "yes_no":
        return verdict(answer) == question.truth
    columns = {"organ": 2, "stain": 3}
    if question.kind in columns:
        names = {row[columns[question.kind]] for row in truths.patches}
    else:
        names = {label(row[1]).name for row in truths.patches}
    return names_only(answer, question.truth, names)


def unseen(
    patches: Sequence[LabelledPatch], split: str, per_source: int | None
) -> list[LabelledPatch]:
    """Return the patches of a split, at most `per_source` a source, always the same ones."""
    rng = random.Random(0)  # noqa: S311 - not a secret
    chosen: list[LabelledPatch] = []
    for source in sorted({patch.source for patch in patches}):
        mine = [patch for patch in patches if patch.source == source and patch.split == split]
        chosen += (
            mine if per_source is None or len(mine) <= per_source else rng.sample(mine, per_source)
        )
    return chosen


def ask_all(seen: Sequence[SeenPatch], truths: Truths) -> list[tuple[SeenPatch, Question]]:
    """Return every question about every patch, the same ones each time."""
    rng = random.Random(0)  # noqa: S311 - not a secret
    return [
        (item, question) for item in seen for question in questions_about(item.patch, truths, rng)
    ]


def judge(
    asked: Sequence[tuple[SeenPatch, Question]], answers: Sequence[str], truths: Truths
) -> list[Prediction]:
    """Return every answer with whether it is right; the sequences run in parallel."""
    return [
        Prediction(
            item.patch.source,
            item.patch.path.name,
            item.patch.label,
            question.kind,
            question.text,
            question.truth,
            answer,
            is_right(question, answer, truths),
        )
        for (item, question), answer in zip(asked, answers, strict=True)
    ]


def share_right(predictions: Sequence[Prediction]) -> tuple[float, float, float]:
    """Return the share of right answers and its 95% interval (bootstrap over images)."""
    by_image: dict[tuple[str, str], list[bool]] = {}
    for item in predictions:
        by_image.setdefault((item.source, item.image), []).append(item.is_right)
    images = list(by_image.values())
    rng = random.Random(0)  # noqa: S311 - not a secret
    shares = sorted(_share(rng.choices(images, k=len(images))) for _ in range(1000))
    return _share(images), shares[25], shares[974]


def _share(images: Sequence[Sequence[bool]]) -> float:
    return sum(sum(image) for image in images) / sum(len(image) for image in images)


def table(predictions: Sequence[Prediction]) -> str:
    """Return the figures as a Markdown table, a row a source."""
    sources = sorted({item.source for item in predictions})
    lines = [
        "| source | patches | organ | stain | exact label | yes/no |",
        "|---|---|---|---|---|---|",
    ]
    for source in [*sources, "all"]:
        mine = [item for item in predictions if source in (item.source, "all")]
        images = len({(item.source, item.image) for item in mine})
        cells = [_cell([item for item in mine if item.kind == kind]) for kind in KINDS]
        lines.append(f"| {source} | {images} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(predictions: Sequence[Prediction]) -> str:
    share, low, high = share_right(predictions)
    return f"{share:.1%} ({low:.1%} to {high:.1%})"


def summary(predictions: Sequence[Prediction]) -> dict[str, dict[str, float]]:
    """Return the overall figures as numbers, for `metrics.json`."""
    figures = {}
    for kind in KINDS:
        share, low, high = share_right([item for item in predictions if item.kind == kind])
        figures[kind] = {"right": round(share, 4), "low": round(low, 4), "high": round(high, 4)}
    return figures


def save_predictions(path: Path, predictions: Sequence[Prediction]) -> None:
    """Write every answer as JSON lines."""
    path.write_text(
        "".join(json.dumps(asdict(item)) + "\n" for item in predictions), encoding="utf-8"
    )
