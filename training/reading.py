"""Fits the bridge's own reading of a picture, calibrates it, and measures it.

Linear layers are fitted on pictures of the train split, one on what the Q-Former sees and one on
the encoder's own features. The bridge knows these pictures, so that its own layer looks better on
them than it is; how much each counts, and the temperature of both together, is fitted on the val
split, which the bridge has not learnt from (stacking: Wolpert 1992, "Stacked generalization").
Nothing is drawn at random.

    N pictures, P image patches, V encoder width, S what is seen of a picture, C names
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from clover_chat.errors import TrainingError
from clover_chat.model.clover import CloverModel
from clover_chat.model.processor import CloverProcessor
from clover_chat.model.reading import (
    PLAIN,
    QUESTIONS,
    Choice,
    DecidedBy,
    ReadingHead,
    ReadingRecipe,
    look_for_reading,
)
from clover_chat.types import Reading
from training.batches import Views, stack_patches
from training.evaluation.asking import image_name
from training.evaluation.probe import STRENGTHS, Example, fit_probe
from training.evaluation.report.reliability import binned, calibration_error
from training.instructions.records import ImageRef
from training.instructions.specimens import Specimen
from training.temperature import fit_share, fit_temperature, loss_at_best

ASPECTS = tuple(QUESTIONS)
_BATCH = 64


@dataclass(frozen=True, eq=False)
class Seen:
    """A labelled picture as the bridge sees it.

    Attributes:
        specimen: What is known of it.
        output: What is seen of it under the question of each aspect, [S].
        weight: How many pictures it counts as where layers are fitted.
        view: Which of its views; 0 is the picture as it is.
    """

    specimen: Specimen
    output: Mapping[str, Tensor]
    weight: float = 1.0
    view: int = 0


@dataclass(frozen=True)
class Measured:
    """How good a reading is about one aspect of one source's pictures.

    Attributes:
        source: Set of pictures.
        aspect: One of `ASPECTS`.
        pictures: How many.
        accuracy: Share of them for which the likeliest name is the true one.
        error_before: Expected calibration error without temperatures.
        error: Expected calibration error of the reading as it is.
    """

    source: str
    aspect: str
    pictures: int
    accuracy: float
    error_before: float
    error: float


def train_sample(specimens: Iterable[Specimen], per_label: int | None) -> list[Specimen]:
    """Return specimens with at most so many of each label and source in the train split.

    Which ones is decided by the hash of the picture; other splits are left whole.
    """
    if per_label is None:
        return list(specimens)
    counts: Counter[tuple[str, str]] = Counter()
    kept: list[Specimen] = []
    for each in sorted(specimens, key=lambda one: image_name(one.image)):
        counts[each.source, each.label] += each.split == "train"
        if each.split != "train" or counts[each.source, each.label] <= per_label:
            kept.append(each)
    return kept


def see(
    model: CloverModel,
    processor: CloverProcessor,
    specimens: Sequence[Specimen],
    views: Mapping[ImageRef, Views],
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> list[Seen]:
    """Return specimens as the bridge sees them.

    Args:
        model: With its bridge.
        processor: Its vocabularies.
        specimens: Labelled pictures.
        views: Encoder features of every one of them, [P, V]; the first view is the picture as it
            is. Only layers are fitted on the others, so only the train split is seen in them.
        progress: Wraps the batches, for a progress bar.

    Returns:
        Each specimen, one of the train split as often as it has views, which count as one picture.
    """
    looks = to_see(specimens, lambda each: len(views[each.image]))
    seen: list[Seen] = []
    for start in progress(range(0, len(looks), _BATCH)):
        batch = looks[start : start + _BATCH]
        patches, mask = stack_patches([views[each.specimen.image][each.view] for each in batch])
        outputs = look_for_reading(model, processor, patches.float(), QUESTIONS, mask)
        seen += [
            replace(each, output={aspect: outputs[aspect][row] for aspect in ASPECTS})
            for row, each in enumerate(batch)
        ]
    return seen


def to_see(specimens: Sequence[Specimen], views: Callable[[Specimen], int]) -> list[Seen]:
    """Return specimens in the views they are to be seen in, with nothing seen yet.

    Args:
        specimens: Labelled pictures.
        views: How many views one of the train split has; the others are seen as they are.
    """
    counted = [(each, views(each) if each.split == "train" else 1) for each in specimens]
    return [Seen(each, {}, 1 / count, view) for each, count in counted for view in range(count)]


def fit_reading(
    seen: Sequence[Seen], bridge: str, width: int, recipe: ReadingRecipe = PLAIN
) -> ReadingHead:
    """Return the calibrated reading of a bridge; the same pictures give the same one.

    Args:
        seen: Pictures; those of the test split are left alone. One of which not everything is known
            counts in the aspects in which it is.
        bridge: SHA-256 of the bridge, hexadecimal.
        width: H of the bridge: so many numbers of what is seen are the Q-Former's.
        recipe: In how many views they were seen, and who decides how firmly layers are held.

    Raises:
        TrainingError: None of them belongs to the train split.
    """
    fitted, held = of_split("train", seen), of_split("val", seen)
    if not fitted:
        raise TrainingError("A reading is fitted on the train split, and no picture belongs to it.")
    strength = recipe.strength
    source, labels = fit_labels(seen, width, strength)
    return ReadingHead(
        bridge=bridge,
        questions=QUESTIONS,
        organ=_choice(width, fitted, held, "organ", _organ, strength),
        stain=_choice(width, fitted, held, "stain", _stain, strength),
        source=source,
        labels=labels,
        recipe=recipe,
    )


def fit_labels(
    seen: Sequence[Seen], width: int, strength: DecidedBy | float = DecidedBy.FIFTH
) -> tuple[Choice, dict[str, Choice]]:
    """Return what tells sources apart, and by source what tells its labels apart.

    Args:
        seen: As for `fit_reading`; some belong to the train split.
        width: H of the bridge.
        strength: Of the pictures against the penalty.
    """
    fitted, held = of_split("train", seen), of_split("val", seen)
    sources = sorted({each.specimen.source for each in fitted} - {""})
    chosen = partial(_choice, width, strength=strength)
    return chosen(fitted, held, "label", _source), {
        source: chosen(_of(source, fitted), _of(source, held), "label", _label)
        for source in sources
    }


def as_they_are(seen: Iterable[Seen]) -> list[Seen]:
    """Return each picture once, as it is."""
    return [each for each in seen if each.view == 0]


def of_split(split: str, seen: Iterable[Seen]) -> list[Seen]:
    """Return the pictures of one split."""
    return [each for each in seen if each.specimen.split == split]


def read_all(head: ReadingHead, seen: Sequence[Seen]) -> dict[str, Reading]:
    """Return the reading of each picture by the name its predictions give it."""
    return {image_name(each.specimen.image): head.read(each.output) for each in seen}


def measure(head: ReadingHead, seen: Sequence[Seen]) -> list[Measured]:
    """Return how good a reading is, by source and then over all of them, by aspect."""
    sources = sorted({each.specimen.source for each in seen})
    rows = [(source, _of(source, seen)) for source in sources]
    return [
        _measured(head, source, pictures, aspect)
        for source, pictures in (*rows, ("all", seen))
        for aspect in ASPECTS
        if pictures
    ]


def measured_table(found: Sequence[Measured]) -> str:
    """Return accuracy and calibration as a Markdown table."""
    lines = [
        "| source | aspect | pictures | accuracy | ECE before | ECE |",
        "|---|---|---|---|---|---|",
    ]
    for each in found:
        cells = (
            each.source,
            each.aspect,
            f"{each.pictures:,}",
            f"{100 * each.accuracy:.1f}%",
            f"{each.error_before:.3f}",
            f"{each.error:.3f}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def truth(specimen: Specimen, aspect: str) -> str:
    """Return what is true of a specimen in one aspect."""
    return {"organ": specimen.organ, "stain": specimen.stain, "label": specimen.label}[aspect]


def _measured(head: ReadingHead, source: str, seen: Sequence[Seen], aspect: str) -> Measured:
    before = _stated(head.uncalibrated(), seen, aspect)
    stated = _stated(head, seen, aspect)
    return Measured(
        source=source,
        aspect=aspect,
        pictures=len(seen),
        accuracy=sum(is_right for _, is_right in stated) / len(stated),
        error_before=calibration_error(binned(before)),
        error=calibration_error(binned(stated)),
    )


def _stated(head: ReadingHead, seen: Sequence[Seen], aspect: str) -> list[tuple[float, bool]]:
    """Return the confidence in the likeliest name of each picture, and whether it is right."""
    readings = [head.read(each.output) for each in seen]
    best = [getattr(reading, aspect)[0] for reading in readings]
    return [
        (found.probability, found.name == truth(each.specimen, aspect))
        for found, each in zip(best, seen, strict=True)
    ]


def _choice(
    width: int,
    fitted: Sequence[Seen],
    held: Sequence[Seen],
    aspect: str,
    name: Callable[[Specimen], str],
    strength: DecidedBy | float,
) -> Choice:
    fitted = [each for each in fitted if name(each.specimen)]
    names = {name(each.specimen) for each in fitted}
    known = [each for each in held if name(each.specimen) in names]
    parts = (slice(None, width), slice(width, None))
    own, pooled = (_linear(fitted, known, aspect, name, part, strength) for part in parts)
    if not known:
        return _together(own, pooled, 0.5)
    told, seen = _told(known, aspect, name, own.names)
    logits = own.logits(seen[:, :width]), pooled.logits(seen[:, width:])
    share = fit_share(*logits, told)
    choice = _together(own, pooled, share)
    return replace(choice, temperature=fit_temperature(choice.logits(seen), told))


def _linear(
    fitted: Sequence[Seen],
    held: Sequence[Seen],
    aspect: str,
    name: Callable[[Specimen], str],
    part: slice,
    strength: DecidedBy | float,
) -> Choice:
    """Return a layer on a part of what is seen.

    Held pictures that lack a name would not mind a layer that has not learnt it, so they decide
    only where they have all.
    """
    examples = [_example(each, aspect, name, part) for each in fitted]
    if not isinstance(strength, DecidedBy):
        return _layer(examples, strength)
    is_whole = {each.label for each in examples} == {name(each.specimen) for each in held}
    if strength is DecidedBy.FIFTH or not is_whole:
        return _layer(examples, None)
    layers = [_layer(examples, each) for each in STRENGTHS]
    told, seen = _told(held, aspect, name, layers[0].names)
    return min(layers, key=lambda layer: loss_at_best(layer.logits(seen[:, part]), told))


def _layer(examples: Sequence[Example], strength: float | None) -> Choice:
    probe = fit_probe(examples, strength=strength)
    weight = probe.weight / probe.scale.std
    return Choice(probe.classes, weight, probe.bias - weight @ probe.scale.mean)


def _told(
    held: Sequence[Seen], aspect: str, name: Callable[[Specimen], str], names: Sequence[str]
) -> tuple[Tensor, Tensor]:
    """Return the places of the true names of N pictures, [N], and what is seen of them, [N, S]."""
    told = torch.tensor([names.index(name(each.specimen)) for each in held])
    return told, torch.stack([each.output[aspect] for each in held])


def _together(own: Choice, pooled: Choice, share: float) -> Choice:
    """Return one layer whose logits are a weighted mean of those of two."""
    rest = 1 - share
    weight = torch.cat([share * own.weight, rest * pooled.weight], dim=1)
    return Choice(own.names, weight, share * own.bias + rest * pooled.bias)


def _example(each: Seen, aspect: str, name: Callable[[Specimen], str], part: slice) -> Example:
    image = each.specimen.image
    return Example(
        image=image_name(image),
        source=each.specimen.source,
        label=name(each.specimen),
        features=each.output[aspect][part],
        group=image.group,
        weight=each.weight,
    )


def _of(source: str, seen: Iterable[Seen]) -> list[Seen]:
    return [each for each in seen if each.specimen.source == source]


def _organ(specimen: Specimen) -> str:
    return specimen.organ


def _stain(specimen: Specimen) -> str:
    return specimen.stain


def _label(specimen: Specimen) -> str:
    return specimen.label


def _source(specimen: Specimen) -> str:
    return specimen.source
