"""Measures how well the shelf answers a set of questions with known answers.

    python -m clover_chat.knowledge.measure tests/knowledge/questions.jsonl

Prints, for each part of the questions, how many of the answerable ones are answered with a right
and with a wrong passage, and how many of the others are declined; then every mistake in the part
that weights were learned from. Mistakes in the part held back are printed with --all only, since
whoever reads them learns from them.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clover_chat.knowledge.questions import HELD_BACK, TUNING, Graded, read_questions
from clover_chat.knowledge.search import Hit, Shelf, shelf


@dataclass(frozen=True)
class Answered:
    """What became of one question.

    Attributes:
        graded: The question.
        best: The best fitting passage, quoted or not.
    """

    graded: Graded
    best: Hit | None

    @property
    def is_quoted(self) -> bool:
        """Whether a passage was quoted."""
        return self.best is not None and self.best.is_sure

    @property
    def is_right(self) -> bool:
        """Whether the right thing was done."""
        if not self.is_quoted or self.best is None:
            return not self.graded.right
        return self.best.entry.id in self.graded.right


@dataclass(frozen=True)
class Measure:
    """Shares between 0 and 1 over a set of questions.

    Attributes:
        answerable: How many questions some passage answers.
        unanswerable: How many none answers.
        quoted_right: Share of the answerable that is answered with a right passage.
        quoted_wrong: Share of the answerable that is answered with a wrong passage.
        declined: Share of the unanswerable that is declined.
        calibration_error: Mean distance between stated and true chance of the best passage.
    """

    answerable: int
    unanswerable: int
    quoted_right: float
    quoted_wrong: float
    declined: float
    calibration_error: float

    def __str__(self) -> str:
        return (
            f"{self.answerable} answerable: {self.quoted_right:.1%} quoted right, "
            f"{self.quoted_wrong:.1%} quoted wrong; {self.unanswerable} unanswerable: "
            f"{self.declined:.1%} declined; calibration error {self.calibration_error:.3f}"
        )


def answer_all(asked: Iterable[Graded], of: Shelf) -> list[Answered]:
    """Ask a shelf every question."""
    return [Answered(each, next(iter(of.find(each.question, limit=1)), None)) for each in asked]


def measure(answers: Sequence[Answered]) -> Measure:
    """Sum up what became of questions."""
    answerable = [each for each in answers if each.graded.right]
    unanswerable = [each for each in answers if not each.graded.right]
    wrong = [each for each in answerable if each.is_quoted and not each.is_right]
    return Measure(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        quoted_right=_share([each for each in answerable if each.is_right], answerable),
        quoted_wrong=_share(wrong, answerable),
        declined=_share([each for each in unanswerable if each.is_right], unanswerable),
        calibration_error=_calibration_error(answers),
    )


def _share(some: Sequence[Answered], of: Sequence[Answered]) -> float:
    return len(some) / len(of) if of else 0.0


def _calibration_error(answers: Sequence[Answered], bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal width."""
    filled: dict[int, list[tuple[float, bool]]] = {}
    for each in answers:
        if each.best is not None:
            truth = each.best.entry.id in each.graded.right
            place = min(bins - 1, int(each.best.score * bins))
            filled.setdefault(place, []).append((each.best.score, truth))
    total = sum(map(len, filled.values()))
    gaps = (abs(sum(s for s, _ in pairs) - sum(t for _, t in pairs)) for pairs in filled.values())
    return sum(gaps) / total if total else 0.0


def mistakes(answers: Iterable[Answered]) -> Iterable[str]:
    """Describe every mistake in a line."""
    for each in answers:
        if not each.is_right:
            best = f"{each.best.entry.id} at {each.best.score:.2f}" if each.best else "nothing"
            deed = "quoted" if each.is_quoted else "declined, best was"
            wanted = ", ".join(sorted(each.graded.right)) or "nothing"
            yield f"[{each.graded.group}] {each.graded.question!r}: {deed} {best}; wanted {wanted}"


def report(path: Path, *, shows_all: bool = False) -> Iterable[str]:
    """Return the lines of the report on a file of questions."""
    answers = answer_all(read_questions(path), shelf())
    for part in (TUNING, HELD_BACK):
        of_part = [each for each in answers if each.graded.part == part]
        yield f"{part}: {measure(of_part)}"
        if part == TUNING or shows_all:
            yield from (f"  {line}" for line in mistakes(of_part))


if __name__ == "__main__":
    for line in report(Path(sys.argv[1]), shows_all="--all" in sys.argv[2:]):
        sys.stdout.write(line + "\n")
