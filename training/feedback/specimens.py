"""Judged pictures as specimens: what people said of them, as far as it names anything.

A label brings with it what its knowledge card says: organ and stain, and the source among whose
labels it is told apart. Where people contradict each other about a picture, it teaches nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from clover_chat.knowledge.cards import card
from training.feedback.judged import Exchange, Feedback
from training.feedback.told import Told, told
from training.instructions.records import ImageRef
from training.instructions.specimens import HELD_BACK, Specimen

SOURCE, LICENCE = "feedback", "as its owner allows"


@dataclass(frozen=True)
class Voice:
    """Somebody who said what is right of a picture.

    Attributes:
        person: Stands for who it was; empty where nobody knows.
        judged_on: The day.
        question: What was asked.
        answer: The right answer.
    """

    person: str
    judged_on: str
    question: str
    answer: str


@dataclass(frozen=True)
class Judged:
    """What judgments tell about pictures.

    Attributes:
        specimens: In order of their pictures.
        silent: Right answers that tell nothing about one picture, which are learnt as words only.
        disputed: Pictures that people contradict each other about.
        voices: Who told it, by the SHA-256 of the picture.
    """

    specimens: tuple[Specimen, ...]
    silent: int
    disputed: int
    voices: Mapping[str, tuple[Voice, ...]] = field(default_factory=dict)


def judged_specimens(
    feedback: Feedback, forms: Mapping[str, tuple[str, ...]], known: Sequence[Specimen]
) -> Judged:
    """Return the pictures of right answers with what these tell about them.

    A tenth of them by their group's hash belongs to the val split, like everywhere.

    Args:
        feedback: Corrections and liked answers count; disliked ones do not say what is right.
        forms: Known answers with the labels that each is true of.
        known: What is known of other pictures; gives organ, stain and source of a label.
    """
    said: dict[ImageRef, set[Told]] = {}
    groups: dict[ImageRef, str] = {}
    silent, quarrels = 0, set[ImageRef]()
    right = [(each.exchange, each.answer) for each in feedback.lessons]
    right += [(each.exchange, each.answer) for each in feedback.singles if each.is_liked]
    for exchange, answer in dict.fromkeys(right):
        picture = exchange.picture
        found = told(answer, exchange.question, forms)
        if picture is None or found == Told():
            silent += 1
            continue
        groups[picture] = exchange.group
        said.setdefault(picture, set()).add(found)
        if exchange.is_disputed:
            quarrels.add(picture)
    made: list[Specimen] = []
    for picture in sorted(said, key=lambda image: image.sha256):
        together = _together(said[picture])
        if picture in quarrels or together is None:
            quarrels.add(picture)
        else:
            made.append(_specimen(picture, groups[picture], together, known))
    return Judged(tuple(made), silent, len(quarrels), _voices(right))


def _voices(right: Iterable[tuple[Exchange, str]]) -> dict[str, tuple[Voice, ...]]:
    voices: dict[str, dict[Voice, None]] = {}
    for said, answer in right:
        if said.picture is not None:
            voice = Voice(said.person, said.judged_on, said.question, answer)
            voices.setdefault(said.picture.sha256, {})[voice] = None
    return {picture: tuple(each) for picture, each in voices.items()}


def _together(said: Iterable[Told]) -> Told | None:
    """Return all that is told of one picture, None where it cannot all be true."""
    labels, organs, stains = (
        {getattr(each, aspect) for each in said} - {""} for aspect in ("label", "organ", "stain")
    )
    if max(map(len, (labels, organs, stains))) > 1:
        return None
    return Told(*("".join(names) for names in (labels, organs, stains)))


def _specimen(image: ImageRef, group: str, said: Told, known: Sequence[Specimen]) -> Specimen:
    organ, stain, source = said.organ, said.stain, ""
    if said.label:
        organ, stain, source = _usual(said.label, known)
    return Specimen(
        image=ImageRef(image.path, image.sha256, group),
        source=source,
        licence=LICENCE,
        label=said.label,
        organ=organ,
        stain=stain,
        split="val" if _is_held(group) else "train",
    )


def _usual(label: str, known: Sequence[Specimen]) -> tuple[str, str, str]:
    """Return organ, stain and source of a label: as they are known, else as its card has them.

    A label that is new belongs to the source whose pictures have its organ and one of its stains;
    where there is none, to one of its own.
    """
    same = Counter((each.organ, each.stain, each.source) for each in known if each.label == label)
    if same:
        return _commonest(same)
    written = card(label)
    alike = Counter(
        (each.organ, each.stain, each.source)
        for each in known
        if each.organ == written.organ and each.stain in written.stains
    )
    if alike:
        return _commonest(alike)
    return written.organ, next(iter(written.stains), ""), SOURCE


def _commonest(counts: Counter[tuple[str, str, str]]) -> tuple[str, str, str]:
    return min(counts, key=lambda each: (-counts[each], each))


def _is_held(group: str) -> bool:
    digest = hashlib.sha256(f"calibration {group}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < HELD_BACK * 2**64
