"""How much one can tell from 1, 2, 4 or 8 examples of each label of a set never trained on."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from clover_chat.errors import TrainingError
from training.evaluation.intervals import Floats, Interval, crossed_interval
from training.evaluation.probe import Example, Scale, fit_probe

SHOTS = (1, 2, 4, 8)
SEEDS = tuple(range(20))
STRENGTH = 0.1
"""The probe's: too few examples to choose one by; a larger one changes little."""


@dataclass(frozen=True)
class FewShot:
    """What so many examples of each label gave on the other images of one source.

    Attributes:
        source: Set of images.
        method: What learnt from the examples.
        shots: Examples of each label.
        classes: Labels with more images than that; the others are left out.
        seeds: How often the examples were drawn.
        right: Share of the other images named right, over draws and images.
        gain: That share minus the first method's on the same draws; None for the first itself.
    """

    source: str
    method: str
    shots: int
    classes: int
    seeds: int
    right: Interval
    gain: Interval | None = None


Learner = tuple[Sequence[Example], Scale]
"""The pictures of a source by what a method sees of them, and how that is standardised."""


@dataclass(frozen=True)
class Draw:
    """Examples to learn from, and the images to be asked about afterwards.

    Attributes:
        support: So many of each label, by label.
        asked: The other images of these labels, none from a group that the support has seen.
    """

    support: tuple[Example, ...]
    asked: tuple[Example, ...]


def draw(examples: Sequence[Example], shots: int, seed: int) -> Draw:
    """Return `shots` examples of each label that has more, and the images left to ask about.

    The same seed draws the same, so that a bridge and the probe can learn from the same examples.
    """
    rng = random.Random(f"{shots}-{seed}")  # noqa: S311 - not a secret
    support: list[Example] = []
    kept: list[Example] = []
    for mine in _by_label(examples, shots):
        chosen = rng.sample(mine, shots)
        support += chosen
        kept += [item for item in mine if item not in chosen]
    seen = {item.group for item in support if item.group}
    return Draw(tuple(support), tuple(item for item in kept if item.group not in seen))


def compare_few_shot(
    learners: Mapping[str, Learner],
    shots: Sequence[int] = SHOTS,
    seeds: Sequence[int] = SEEDS,
) -> list[FewShot]:
    """Return what methods reach on one source with the same examples, by number of shots.

    Every method is the same linear layer, fitted in the same way; they differ in what they see.

    Args:
        learners: By name; all about the same pictures. The others are held against the first.
        shots: Examples of each label.
        seeds: A draw for each.
    """
    found: list[FewShot] = []
    for count in shots:
        first: Floats | None = None
        for method, (examples, scale) in learners.items():
            draws = [draw(examples, count, seed) for seed in seeds]
            guesses = [_guess(each, scale) for each in draws]
            row = few_shot(method, count, draws, guesses)
            if row is None:
                break
            values = _values(draws, guesses)
            gain = None if first is None else crossed_interval(values - first)
            first = values if first is None else first
            found.append(replace(row, gain=gain))
    return found


def few_shot(
    method: str, shots: int, draws: Sequence[Draw], guesses: Sequence[dict[str, str]]
) -> FewShot | None:
    """Return the share of right guesses over draws with its interval.

    Args:
        method: What learnt from the examples.
        shots: Examples of each label.
        draws: The draws.
        guesses: For each draw the label guessed for each asked image, by its hash.

    Returns:
        None where fewer than two labels have more than `shots` images, or none is left to ask.
    """
    labels = {item.label for each in draws for item in each.support}
    if len(labels) < 2 or not any(each.asked for each in draws):
        return None
    source = draws[0].support[0].source
    right = crossed_interval(_values(draws, guesses))
    return FewShot(source, method, shots, len(labels), len(draws), right)


def _values(draws: Sequence[Draw], guesses: Sequence[dict[str, str]]) -> Floats:
    """Return 1 where an image was named right, 0 where wrong, NaN where not asked, [S, I]."""
    images = sorted({item.image for each in draws for item in each.asked})
    places = {image: place for place, image in enumerate(images)}
    values = np.full((len(draws), len(images)), np.nan)
    for row, (each, guessed) in enumerate(zip(draws, guesses, strict=True)):
        for item in each.asked:
            values[row, places[item.image]] = guessed[item.image] == item.label
    return values


def few_shot_table(rows: Sequence[FewShot]) -> str:
    """Return figures in percent as a Markdown table, a row a source and number of shots."""
    methods = list(dict.fromkeys(row.method for row in rows))
    lines = [
        "| source | shots | labels | draws | images | "
        + " | ".join([*methods, *(f"{each} minus {methods[0]}" for each in methods[1:])])
        + " |",
        "|---" * (4 + 2 * len(methods)) + "|",
    ]
    for source, shots in dict.fromkeys((row.source, row.shots) for row in rows):
        mine = [row for row in rows if (row.source, row.shots) == (source, shots)]
        cells = [_percent(row.right) for row in mine]
        cells += [_percent(row.gain, "+") for row in mine if row.gain is not None]
        head = [source, shots, mine[0].classes, mine[0].seeds, mine[0].right.images]
        lines.append("| " + " | ".join([*map(str, head), *cells]) + " |")
    return "\n".join(lines)


def write_few_shot(path: Path, rows: Sequence[FewShot]) -> None:
    """Write figures as JSON, for a report to show later."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")


def read_few_shot(path: Path) -> list[FewShot]:
    """Return the figures of a file.

    Raises:
        TrainingError: The file cannot be used.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [_row(row) for row in rows]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TrainingError(
            f"{path} holds no few-shot figures. Name the file that clover-train few-shot wrote."
        ) from error


def _row(row: dict[str, object]) -> FewShot:
    intervals = {name: row[name] for name in ("right", "gain")}
    read = {name: each and Interval(**each) for name, each in intervals.items()}  # type: ignore[arg-type]
    return FewShot(**(row | read))  # type: ignore[arg-type]


def _percent(figure: Interval, sign: str = "") -> str:
    value, low, high = (100 * each for each in (figure.value, figure.low, figure.high))
    return f"{value:{sign}.1f} ({low:{sign}.1f} to {high:{sign}.1f})"


def _guess(drawn: Draw, scale: Scale) -> dict[str, str]:
    if not drawn.asked or not drawn.support:
        return {}
    guesses = fit_probe(drawn.support, scale, STRENGTH).guess(drawn.asked)
    return {item.image: each.label for item, each in zip(drawn.asked, guesses, strict=True)}


def _by_label(examples: Sequence[Example], shots: int) -> Iterator[list[Example]]:
    for label in sorted({item.label for item in examples}):
        mine = sorted((item for item in examples if item.label == label), key=lambda it: it.image)
        if len(mine) > shots:
            yield mine
