"""Figures over many answers: every measure with its interval, over all, by kind, source and label.

A measure is a share from 0 to 1. `right` is the one that every question has, read strictly:

* a closed question: the first word is the right one of "yes" and "no"
* a reference that names the label of the picture, or an organ or stain that was asked for: the
  answer names the same, and nothing else that is known
* otherwise: the same words in the same order, after normalisation
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache

from clover_chat.knowledge.cards import cards
from training.evaluation import reading
from training.evaluation.intervals import Interval, interval
from training.evaluation.metrics import (
    closed_truth,
    llava_med_pathvqa_rule,
    llava_med_rule,
    overlap,
    quilt_rule,
    strict_rule,
)
from training.evaluation.predictions import Prediction
from training.evaluation.vqa_text import normalise

CLOSED_MEASURES = ("strict", "quilt", "llava_med", "llava_med_pathvqa")
OPEN_MEASURES = ("precision", "recall", "f1", "exact_match")
MEASURES = ("right", *CLOSED_MEASURES, *OPEN_MEASURES)
SCOPES = ("all", "kind", "source", "label")
NAMING_KINDS = frozenset({"organ", "stain"})
NATURES = frozenset({"benign", "malignant"})
"""Count as names where the reference gives one of them."""


@dataclass(frozen=True)
class Scored:
    """An answer with what each measure gives it.

    Attributes:
        prediction: The answer.
        scores: By measure; one that does not apply is absent.
    """

    prediction: Prediction
    scores: dict[str, float]

    @property
    def is_right(self) -> bool:
        """Whether the answer is right, read strictly."""
        return self.scores["right"] == 1.0


@dataclass(frozen=True)
class Group:
    """The figures of some answers.

    Attributes:
        scope: One of `SCOPES`.
        name: Which kind, source or label; "all" for all.
        images: How many images.
        questions: How many questions.
        figures: By measure; one that applies to none of them is absent.
    """

    scope: str
    name: str
    images: int
    questions: int
    figures: dict[str, Interval]


def known_names() -> frozenset[str]:
    """Return every label that has a knowledge card."""
    return frozenset(cards())


def score_all(predictions: Sequence[Prediction], names: Collection[str]) -> list[Scored]:
    """Return every answer with its scores.

    Args:
        predictions: The answers.
        names: What can be named: labels, and organs and stains where they are asked for.
    """
    known = tuple(sorted({*names, *NATURES}))
    return [Scored(prediction, _scores(prediction, known)) for prediction in predictions]


def groups(scored: Sequence[Scored]) -> list[Group]:
    """Return the figures over all, then by kind, by source and by label, in order of name."""
    found = [_group("all", "all", scored)]
    for scope in SCOPES[1:]:
        by_name: dict[str, list[Scored]] = {}
        for item in scored:
            by_name.setdefault(getattr(item.prediction, scope), []).append(item)
        found += [_group(scope, name, by_name[name]) for name in sorted(by_name) if name]
    return found


def table(found: Sequence[Group], measures: Sequence[str] = MEASURES) -> str:
    """Return figures in percent as a Markdown table, a row a group; empty columns are left out."""
    shown = [name for name in measures if any(name in group.figures for group in found)]
    lines = [
        "| over | images | questions | " + " | ".join(shown) + " |",
        "|---" * (3 + len(shown)) + "|",
    ]
    for group in found:
        over = "all" if group.scope == "all" else f"{group.scope}: {group.name}"
        cells = [_cell(group.figures.get(name)) for name in shown]
        row = [over, f"{group.images:,}", f"{group.questions:,}", *cells]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def _cell(figure: Interval | None) -> str:
    if figure is None:
        return "-"
    return f"{100 * figure.value:.1f} ({100 * figure.low:.1f} to {100 * figure.high:.1f})"


def summary(found: Sequence[Group]) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Return figures as numbers for `metrics.json`, by scope, name and measure."""
    told: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for group in found:
        told.setdefault(group.scope, {})[group.name] = {
            measure: {
                name: round(number, 4) if isinstance(number, float) else number
                for name, number in asdict(figure).items()
            }
            for measure, figure in group.figures.items()
        }
    return told


def _group(scope: str, name: str, scored: Sequence[Scored]) -> Group:
    figures: dict[str, Interval] = {}
    for measure in MEASURES:
        rows = [
            (item.prediction.image, item.scores[measure])
            for item in scored
            if measure in item.scores
        ]
        if rows:
            figures[measure] = interval(rows)
    images = len({item.prediction.image for item in scored})
    return Group(scope, name, images, len(scored), figures)


def _scores(prediction: Prediction, names: tuple[str, ...]) -> dict[str, float]:
    if truth := closed_truth(prediction.reference):
        return _closed_scores(prediction.answer, truth)
    shares = overlap(prediction.answer, prediction.reference)._asdict()
    return {"right": float(_is_right(prediction, names)), **shares}


def _closed_scores(answer: str, truth: str) -> dict[str, float]:
    strict = float(strict_rule(answer, truth))
    scores = {
        "right": strict,
        "strict": strict,
        "quilt": float(quilt_rule(answer, truth)),
        "llava_med": float(llava_med_rule(answer, truth)),
    }
    counted = llava_med_pathvqa_rule(answer, truth)
    return scores if counted is None else scores | {"llava_med_pathvqa": float(counted)}


def _is_right(prediction: Prediction, names: tuple[str, ...]) -> bool:
    told = _named(prediction.reference, names)
    is_asked = bool(told) and prediction.kind in NAMING_KINDS
    if is_asked or _label_name(prediction.label) in told:
        said = _named(prediction.answer, names)
        return told == (said if told & NATURES else said - NATURES)
    return normalise(prediction.answer) == normalise(prediction.reference)


@lru_cache(maxsize=1 << 16)  # few texts are said of many pictures
def _named(text: str, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(reading.normalise(name) for name in reading.named(text, names))


def _label_name(key: str) -> str:
    return reading.normalise(key)
