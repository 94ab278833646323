"""Candidate against active bridge: both are asked everything, and the outcome is written down."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clover_chat.errors import TrainingError
from training.evaluation.comparison import Comparison, compare
from training.evaluation.predictions import Prediction
from training.evaluation.report.cases import Opener
from training.evaluation.scores import known_names
from training.feedback.doubts import Doubts
from training.files import write_whole
from training.gate.contender import Contender
from training.gate.page import write_page
from training.gate.rule import (
    HELD_BACK,
    PINNED,
    STANDING,
    Decision,
    Margins,
    as_json,
    decide,
)
from training.instructions.records import Record

NAME, PAGE = "gate.json", "gate.html"


@dataclass(frozen=True)
class Questions:
    """What both are asked.

    Attributes:
        held_back: Feedback that the candidate has not learnt from.
        standing: About pictures that neither has learnt from.
        pinned: Cases that must stay right.
        files: SHA-256 of the files they come from, by name.
    """

    held_back: Sequence[Record]
    standing: Sequence[Record]
    pinned: Sequence[Record]
    files: Mapping[str, str]

    def sets(self) -> dict[str, Sequence[Record]]:
        """Return them by name."""
        return {HELD_BACK: self.held_back, STANDING: self.standing, PINNED: self.pinned}


@dataclass(frozen=True)
class Outcome:
    """What the gate found.

    Attributes:
        decision: Whether the candidate passes, and why.
        active: Answers of the active bridge, by set of questions.
        candidate: Answers of the candidate, likewise.
    """

    decision: Decision
    active: Mapping[str, Sequence[Prediction]]
    candidate: Mapping[str, Sequence[Prediction]]


def hold(
    open_active: Callable[[], Contender],
    open_candidate: Callable[[], Contender],
    questions: Questions,
    margins: Margins,
    out: Path,
    open_image: Opener,
    doubts: Doubts | None = None,
) -> Outcome:
    """Ask both, decide, and write `gate.json` and `gate.html`.

    Args:
        open_active: Loads the active bridge; one is let go before the other is loaded.
        open_candidate: Loads the candidate.
        questions: What to ask.
        margins: How much may be lost.
        out: Folder for what is written; made if it is missing.
        open_image: Returns a picture by its name, or None where it is not at hand.
        doubts: About what the candidate learnt; None if that was nothing.

    Raises:
        TrainingError: The doubts are about another candidate.
    """
    asked = {name: records for name, records in questions.sets().items() if records}
    active_digest, active = _ask(open_active, asked)
    candidate_digest, candidate = _ask(open_candidate, asked)
    if doubts and doubts.candidate != candidate_digest:
        raise TrainingError(
            f"The doubts are about the bridge {doubts.candidate[:12]}, and the candidate is "
            f"{candidate_digest[:12]}. Name those of its own round."
        )
    names = _names([record for records in asked.values() for record in records])
    compared: dict[str, Comparison] = {
        name: compare(active[name], candidate[name], names) for name in asked if active[name]
    }
    decision = decide(
        compared.get(HELD_BACK), compared.get(STANDING), compared.get(PINNED), margins, doubts
    )
    out.mkdir(parents=True, exist_ok=True)
    facts = {"candidate": candidate_digest, "active": active_digest, **questions.files}
    suspected = doubts.suspected if doubts else ()
    write_page(out / PAGE, decision, compared, facts, open_image, suspected)
    told = as_json(decision, candidate=candidate_digest, active=active_digest, margins=margins)
    write_whole(out / NAME, json.dumps({**told, "data": dict(questions.files)}, indent=2) + "\n")
    return Outcome(decision, active, candidate)


def lay_beside(bridge: Path, out: Path) -> None:
    """Copy the verdict in a gate's folder into the candidate's, where a promotion looks for it."""
    write_whole(bridge / NAME, (out / NAME).read_text(encoding="utf-8"))


def _ask(
    open_contender: Callable[[], Contender], asked: Mapping[str, Sequence[Record]]
) -> tuple[str, dict[str, list[Prediction]]]:
    contender = open_contender()
    return contender.digest, {name: contender.answer(each) for name, each in asked.items()}


def _names(records: Sequence[Record]) -> frozenset[str]:
    said = {name for record in records for name in (record.organ, record.stain) if name}
    return known_names() | said
