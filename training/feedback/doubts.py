"""Which right answers are doubtful, and what share of them is wrong, before a round is judged.

Every picture that somebody named is read by a reading that was fitted without it: on the lab's own
pictures and on the other named ones, a fifth of these at a time being left out. Confident learning
compares both names. Who said what is told apart by person and by day, so that one bad day does not
hide among good ones.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from clover_chat.errors import TrainingError
from clover_chat.model.reading import Choice, label_probabilities
from training.confident import Counted, Floats, Places, count, thresholds, wrong_share
from training.evaluation.asking import image_name
from training.evaluation.intervals import Interval
from training.feedback.specimens import Voice
from training.files import write_whole
from training.instructions.records import ImageRef
from training.reading import Seen, fit_labels, of_split, train_sample

NAME = "doubts.json"
EVERYBODY = "everybody"
FOLDS = 5
STRENGTH = 0.1
"""Of the pictures against the penalty: one that a reading may choose; each fold is fitted once."""
FEWEST = 10
"""Pictures from which on a share is estimated: one or two that look wrong are no bad day."""
REPLAYED = 40
"""Pictures of each label that the lab's own are read with; more cost time and tell little."""


@dataclass(frozen=True)
class Doubt:
    """A picture that is probably something else than somebody said.

    Attributes:
        image: Name of the picture.
        file: Where it lies in its export.
        said: The label that it was told to be.
        likelier: The label it counts as.
        of_said: Probability of the one.
        of_likelier: Probability of the other.
        voices: Who said it.
    """

    image: str
    file: str
    said: str
    likelier: str
    of_said: float
    of_likelier: float
    voices: tuple[Voice, ...]


@dataclass(frozen=True)
class Doubts:
    """What a round's right answers look like from outside.

    Attributes:
        candidate: SHA-256 of the bridge that learnt from them, hexadecimal.
        shares: Share of wrong ones with its interval: of everybody, of each person, and of each
            person's each day; of those who named at least `FEWEST` pictures.
        suspected: The doubtful ones, the clearest first.
    """

    candidate: str
    shares: Mapping[str, Interval]
    suspected: tuple[Doubt, ...]

    def above(self, limit: float) -> dict[str, Interval]:
        """Return the shares that lie above a limit, chance allowed for."""
        return {name: each for name, each in self.shares.items() if each.low > limit}


def find_doubts(
    known: Sequence[Seen],
    judged: Sequence[Seen],
    voices: Mapping[str, tuple[Voice, ...]],
    width: int,
    candidate: str,
) -> Doubts:
    """Return what is doubtful about judged pictures.

    Args:
        known: The lab's own pictures; those of the test split are left alone.
        judged: Pictures with what somebody said of them.
        voices: Who said it, by SHA-256 of the picture.
        width: H of the bridge.
        candidate: SHA-256 of the bridge that learns from them.
    """
    own = {each.specimen.image: each for each in known if each.specimen.label}
    chosen = train_sample([each.specimen for each in own.values()], REPLAYED)
    few = [own[each.image] for each in chosen]
    named = [each for each in judged if each.specimen.label]
    if not named or not of_split("train", few):
        return Doubts(candidate, {}, ())
    names = sorted({each.specimen.label for each in (*few, *named)})
    held = of_split("val", few)
    probabilities, trusted = _read_without(few, named, held, names, width)
    told, known_told = _places(named, names), _places(held, names)
    limits = thresholds(
        np.concatenate([probabilities, trusted]), np.concatenate([told, known_told])
    )
    found = count(probabilities, told, limits)
    said = [voices.get(each.specimen.image.sha256, ()) for each in named]
    shares = {
        name: wrong_share(found.of(places))
        for name, places in _by_voice(said).items()
        if len(places) >= FEWEST
    }
    return Doubts(candidate, shares, _suspected(named, names, probabilities, found, said))


def pictures_of(doubts: Doubts) -> list[ImageRef]:
    """Return the doubtful pictures."""
    return [ImageRef(each.file, each.image, each.image) for each in doubts.suspected]


def write_doubts(path: Path, doubts: Doubts) -> None:
    """Write doubts as JSON, for the gate."""
    write_whole(path, json.dumps(asdict(doubts), indent=2, ensure_ascii=False) + "\n")


def read_doubts(path: Path) -> Doubts:
    """Return what `write_doubts` wrote.

    Raises:
        TrainingError: There is no such file, or it holds something else.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        shares = {name: Interval(**each) for name, each in held["shares"].items()}
        return Doubts(held["candidate"], shares, tuple(_doubt(each) for each in held["suspected"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{path} does not say which corrections are doubtful ({error!r}). Name the {NAME} that "
            "clover-train feedback wrote into its run folder."
        ) from error


def _doubt(held: Mapping[str, Any]) -> Doubt:
    voices = tuple(Voice(**each) for each in held["voices"])
    return Doubt(**{**held, "voices": voices})


def _read_without(
    known: Sequence[Seen],
    named: Sequence[Seen],
    held: Sequence[Seen],
    names: Sequence[str],
    width: int,
) -> tuple[Floats, Floats]:
    """Return what named pictures look like without what was said of them, and held-back ones.

    Where nobody else named the same label there is nothing to read it by: all of them are 0.
    Held-back pictures are read as often as there are folds; the mean is returned.
    """
    probabilities = np.zeros((len(named), len(names)))
    trusted = np.zeros((len(held), len(names)))
    folds = np.array([_fold(each) for each in named])
    for fold in sorted(set(folds.tolist())):
        rest = [each for each, own in zip(named, folds, strict=True) if own != fold]
        taught = [*known, *rest]
        said = {each.specimen.label for each in of_split("train", taught)}
        left = [
            place
            for place in np.flatnonzero(folds == fold).tolist()
            if named[place].specimen.label in said
        ]
        head = fit_labels(taught, width, STRENGTH)
        if left:
            probabilities[left] = _read(head, [named[place] for place in left], names)
        if held:
            trusted += _read(head, held, names)
    return probabilities, trusted / len(set(folds.tolist()))


def _read(
    head: tuple[Choice, Mapping[str, Choice]], seen: Sequence[Seen], names: Sequence[str]
) -> Floats:
    """Return the probabilities of all names, [N, C]."""
    read, values = label_probabilities(*head, torch.stack([each.output["label"] for each in seen]))
    probabilities = np.zeros((len(seen), len(names)))
    probabilities[:, [names.index(name) for name in read]] = values.numpy()
    return probabilities


def _places(seen: Sequence[Seen], names: Sequence[str]) -> Places:
    return np.array([names.index(each.specimen.label) for each in seen], dtype=np.int64)


def _fold(seen: Seen) -> int:
    group = seen.specimen.image.group
    return hashlib.sha256(f"doubt {group}".encode()).digest()[0] % FOLDS


def _by_voice(said: Sequence[tuple[Voice, ...]]) -> dict[str, list[int]]:
    """Return places of pictures by who spoke of them, everybody first."""
    places: dict[str, list[int]] = {EVERYBODY: list(range(len(said)))}
    for place, voices in enumerate(said):
        names = {name for voice in voices for name in _names(voice)}
        for name in sorted(names):
            places.setdefault(name, []).append(place)
    return places


def _names(voice: Voice) -> tuple[str, str]:
    person = f"person {voice.person[:12]}"
    return person, f"{person} on {voice.judged_on}"


def _suspected(
    named: Sequence[Seen],
    names: Sequence[str],
    probabilities: Floats,
    found: Counted,
    said: Sequence[tuple[Voice, ...]],
) -> tuple[Doubt, ...]:
    doubts = [
        Doubt(
            image_name(named[place].specimen.image),
            named[place].specimen.image.path,
            names[found.told[place]],
            names[found.counted[place]],
            float(probabilities[place, found.told[place]]),
            float(probabilities[place, found.counted[place]]),
            said[place],
        )
        for place in np.flatnonzero(found.is_wrong).tolist()
    ]
    return tuple(sorted(doubts, key=lambda each: (each.of_said - each.of_likelier, each.image)))
