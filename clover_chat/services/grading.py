"""Answers graded general questions as the chat does, and counts what became of them.

    python -m clover_chat.services.grading tests/knowledge/questions.jsonl

prints, for the tuning part and the part held back: how many of the answerable questions got the
right entry quoted, how many a wrong one, and how many of the unanswerable ones were declined, those
out of scope apart. Every question is asked first in a conversation and without a picture, kinds are
told by the classifier, and no model is at hand. With --mistakes it lists those of the tuning part.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from clover_chat.errors import QuestionError
from clover_chat.knowledge.entries import read_shelf
from clover_chat.knowledge.kinds.classifier import KindClassifier
from clover_chat.knowledge.questions import HELD_BACK, TUNING, Graded, read_questions
from clover_chat.knowledge.search import Shelf
from clover_chat.services.branches import Exchange
from clover_chat.services.parts import PartBegun
from clover_chat.services.routing import Router
from clover_chat.types import Kind

OUT_OF_SCOPE = "out of scope"


@dataclass(frozen=True)
class Outcome:
    """What became of a graded question.

    Attributes:
        graded: The question.
        quoted: The entry that was quoted, None where the question was declined or asked back.
        kind: What it was taken for.
    """

    graded: Graded
    quoted: str | None
    kind: Kind | None

    @property
    def is_right(self) -> bool:
        """Whether a right entry was quoted, or none where none is right."""
        return self.quoted in self.graded.right if self.graded.right else self.quoted is None


def answered(graded: Graded, router: Router) -> Outcome:
    """Answer one question."""
    exchanges = (Exchange(graded.question),)
    quoted, kind = None, None
    with suppress(QuestionError):  # asks for a picture, which is no quotation
        route = router.route(exchanges)
        kind = route.kind
        for event in router.parts(route, exchanges):
            if isinstance(event, PartBegun) and event.quoted:
                quoted = event.quoted.entry_id
    return Outcome(graded, quoted, kind)


def summed(outcomes: Sequence[Outcome]) -> str:
    """Return the counts in a line."""
    answerable = [each for each in outcomes if each.graded.right]
    rest = [each for each in outcomes if not each.graded.right]
    scope = [each for each in rest if each.graded.group == OUT_OF_SCOPE]
    wrong = [each for each in answerable if each.quoted and not each.is_right]
    right = [each for each in answerable if each.is_right]
    return (
        f"{_share(right, answerable)} answerable questions quote the right entry, "
        f"{_share(wrong, answerable)} a wrong one; "
        f"{_share([each for each in rest if each.is_right], rest)} unanswerable ones are declined, "
        f"of those out of scope {_share([each for each in scope if each.is_right], scope)}"
    )


def report(path: Path, router: Router, *, lists_mistakes: bool = False) -> Iterator[str]:
    """Yield the lines of the report on a file of graded questions."""
    outcomes = [answered(each, router) for each in read_questions(path)]
    for part in (TUNING, HELD_BACK):
        of_part = [each for each in outcomes if each.graded.part == part]
        yield f"{part}: {summed(of_part)}"
        if lists_mistakes and part == TUNING:
            yield from _mistakes(of_part)


def _mistakes(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for each in outcomes:
        if not each.is_right:
            wanted = ", ".join(sorted(each.graded.right)) or "nothing"
            yield f"  {each.graded.question!r} ({each.kind}): {each.quoted}; wanted {wanted}"


def _share(some: Sequence[Outcome], of: Sequence[Outcome]) -> str:
    return f"{len(some)} of {len(of)} ({len(some) / len(of):.1%})" if of else "none of none"


if __name__ == "__main__":
    entries = read_shelf()
    chat_router = Router(KindClassifier(entries), Shelf(entries))
    wants_mistakes = "--mistakes" in sys.argv[2:]
    for line in report(Path(sys.argv[1]), chat_router, lists_mistakes=wants_mistakes):
        sys.stdout.write(line + "\n")
