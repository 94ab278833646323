"""Template-based records: labelled patches in, questions with answers that follow from the labels.

Single questions of every kind, yes or no in pairs, conversations of several turns, and questions
about two pictures at once. The same seed gives the same records, in whatever order the patches
come.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

from clover_chat.errors import TrainingError
from clover_chat.knowledge.cards import card
from training.instructions.comparisons import comparisons
from training.instructions.negatives import Negatives
from training.instructions.phrasings import ANAPHORIC, CELLS, CLOSED, OPEN, TWO, as_typed
from training.instructions.records import Method, Provenance, Record, RecordTurn, digest
from training.instructions.specimens import Specimen
from training.instructions.statements import (
    amount,
    answer,
    counted,
    counting_answer,
    limit_for,
    open_kinds,
    verdict_sentence,
)
from training.instructions.templates import QUESTIONS
from training.instructions.wording import sentence

VERSION = 2
"""Raised whenever the same seed gives other records than before."""

_FLOW = ("stain", "organ", "magnification", "label", "features", "nature", "absent")
"""The order in which questions follow each other in a conversation."""


@dataclass(frozen=True)
class TemplateRecipe:
    """How many records of which sort are made of each specimen."""

    phrasings: int = field(default=1, metadata={"help": "Phrasings of each open question."})
    yes_no: int = field(default=1, metadata={"help": "Pairs of yes and no about the label."})
    dialogues: int = field(default=1, metadata={"help": "Conversations of two to four turns."})
    comparisons: int = field(default=1, metadata={"help": "Questions about two pictures."})
    seed: int = field(default=0, metadata={"help": "Of every choice that is left to chance."})

    def __post_init__(self) -> None:
        for name in ("phrasings", "yes_no", "dialogues", "comparisons"):
            if getattr(self, name) < 0:
                raise TrainingError(f"{name} must be 0 or more, got {getattr(self, name)}.")

    @property
    def provenance(self) -> Provenance:
        """What the records say they were made by."""
        everything = [VERSION, asdict(self), OPEN, CLOSED, TWO, sorted(ANAPHORIC)]
        return Provenance(Method.TEMPLATE, "template questions", digest(everything))


def template_records(specimens: Sequence[Specimen], recipe: TemplateRecipe) -> Iterator[Record]:
    """Yield the template records of specimens; nothing crosses from one split to another."""
    provenance = recipe.provenance
    for split in sorted({specimen.split for specimen in specimens}):
        mine = sorted(
            (each for each in specimens if each.split == split),
            key=lambda each: (each.source, each.image.path, each.image.crop or ()),
        )
        negatives = Negatives(mine)
        for specimen in mine:
            rng = random.Random(  # noqa: S311 - not a secret
                f"{recipe.seed}/{specimen.image.sha256}/{specimen.image.crop}"
            )
            for owner, turns in _conversations(specimen, negatives, recipe, rng):
                yield as_record((owner,), typed(turns, rng), provenance)
            for pair, turn in comparisons(specimen, negatives, recipe.comparisons, rng):
                yield as_record(pair, typed((turn,), rng), provenance)


def as_record(
    specimens: Sequence[Specimen], turns: Sequence[RecordTurn], provenance: Provenance
) -> Record:
    """Return the record of a conversation about one or several specimens."""
    return Record(
        images=tuple(specimen.image for specimen in specimens),
        turns=tuple(turns),
        source=_common([specimen.source for specimen in specimens], "+"),
        licence=_common([specimen.licence for specimen in specimens], " and "),
        provenance=provenance,
        split=specimens[0].split,
        label=_only([specimen.label for specimen in specimens]),
        organ=_only([specimen.organ for specimen in specimens]),
        stain=_only([specimen.stain for specimen in specimens]),
    )


def typed(turns: Sequence[RecordTurn], rng: random.Random) -> list[RecordTurn]:
    """Return turns with their questions as people type them."""
    return [replace(turn, question=as_typed(turn.question, rng)) for turn in turns]


def _common(names: Sequence[str], joint: str) -> str:
    return joint.join(sorted(set(names)))


def _only(names: Sequence[str]) -> str:
    return names[0] if len(set(names)) == 1 else ""


Conversation = tuple[Specimen, tuple[RecordTurn, ...]]


def _conversations(
    specimen: Specimen, negatives: Negatives, recipe: TemplateRecipe, rng: random.Random
) -> Iterator[Conversation]:
    for kind in open_kinds(specimen):
        count = min(recipe.phrasings, len(OPEN[kind]))
        for question in rng.sample(OPEN[kind], count):
            yield specimen, (_open_turn(specimen, kind, question, rng),)
    for _ in range(recipe.yes_no):
        yield from _label_pair(specimen, negatives, rng)
        for turn in _closed_turns(specimen, negatives, rng):
            yield specimen, (turn,)
    for _ in range(recipe.dialogues):
        yield specimen, _dialogue(specimen, rng)


def _open_turn(specimen: Specimen, kind: str, question: str, rng: random.Random) -> RecordTurn:
    """Return an open question with its answer."""
    if kind != "count":
        return RecordTurn(kind, question, answer(specimen, kind, question))
    name = rng.choice(counted(specimen))
    return RecordTurn(
        kind, question.format(cells=CELLS[name][1]), sentence(counting_answer(specimen, name))
    )


def _label_pair(
    specimen: Specimen, negatives: Negatives, rng: random.Random
) -> Iterator[Conversation]:
    """Yield the same claim about a picture it is true of, and about one it is not.

    So each label is denied as often as it is affirmed, and the question alone gives nothing away.
    """
    known, other = card(specimen.label), negatives.without(specimen.label, specimen, rng)
    for owner in (specimen, other):
        if owner is not None:
            question = rng.choice(CLOSED["label"]).format(phrase=known.phrase)
            truth = card(owner.label)
            reason = f"this is {truth.phrase}"
            text = verdict_sentence(owner is specimen, reason)
            yield owner, (RecordTurn("yes_no_label", question, text),)


def _closed_turns(
    specimen: Specimen, negatives: Negatives, rng: random.Random
) -> Iterator[RecordTurn]:
    for kind, reason in (
        ("organ", f"the sample is from the {specimen.organ}"),
        ("stain", f"the stain is {specimen.stain}"),
        ("magnification", f"the magnification is {specimen.magnification}"),
    ):
        truth = getattr(specimen, kind)
        claim = truth if rng.random() < 0.5 else negatives.other(kind, truth, rng)
        if claim:
            question = rng.choice(CLOSED[kind]).format(**{kind: claim})
            text = verdict_sentence(claim == truth, reason)
            yield RecordTurn(f"yes_no_{kind}", question, text)
    known = card(specimen.label)
    if known.nature:
        question = rng.choice(CLOSED["nature"])
        text = verdict_sentence(known.nature == "malignant", f"this is {known.phrase}")
        yield RecordTurn("yes_no_nature", question, text)
    yield from _counting_turns(specimen, rng)


def _counting_turns(specimen: Specimen, rng: random.Random) -> Iterator[RecordTurn]:
    names = counted(specimen)
    if "Platelets" in names:
        question = rng.choice(CLOSED["presence"]).format(cells=CELLS["Platelets"][1])
        text = verdict_sentence(
            specimen.counts.get("Platelets", 0) > 0, counting_answer(specimen, "Platelets")[:-1]
        )
        yield RecordTurn("yes_no_presence", question, _lowered(text))
    if "RBC" in names:
        is_more = rng.random() < 0.5
        limit = limit_for(specimen.counts["RBC"], is_more, rng)
        question = rng.choice(CLOSED["count"]).format(limit=limit, cells=CELLS["RBC"][1])
        text = verdict_sentence(is_more, f"there are {amount(specimen, 'RBC')}")
        yield RecordTurn("yes_no_count", question, text)


def _lowered(text: str) -> str:
    return text.replace(", There", ", there")


def _dialogue(specimen: Specimen, rng: random.Random) -> tuple[RecordTurn, ...]:
    """Return two to four questions about one picture, in the order a person would ask them."""
    possible = [kind for kind in _FLOW if kind in open_kinds(specimen)]
    others = [kind for kind in possible if kind != "label"]
    drawn = {"label", *rng.sample(others, rng.randint(1, 3))}
    turns: list[RecordTurn] = []
    for kind in (each for each in possible if each in drawn):
        follows = kind == "features" and bool(turns)
        question = rng.choice(QUESTIONS[kind] if follows else OPEN[kind])
        turns.append(_open_turn(specimen, kind, question, rng))
    return tuple(turns)
