"""Measures how well kinds of questions are told apart.

    python -m clover_chat.knowledge.kinds.measure tests/knowledge/kinds/questions.jsonl

prints a report on the part held back: how many are right with a 95% interval (Wilson), by kind, the
expected calibration error over ten bins of equal width, which kinds are mistaken for which, and the
time a question takes. With --mistakes it lists those of the tuning part.
"""

import math
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clover_chat.knowledge.kinds.classifier import KindClassifier, Verdict
from clover_chat.knowledge.kinds.questions import Labelled, read_labelled
from clover_chat.knowledge.questions import HELD_BACK, TUNING
from clover_chat.types import Kind

_Z = 1.96


@dataclass(frozen=True)
class Judged:
    """A question of known kind and what it was taken for."""

    asked: Labelled
    verdict: Verdict

    @property
    def is_right(self) -> bool:
        """Whether the kind was told."""
        return self.verdict.kind is self.asked.kind


def judge_all(questions: Iterable[Labelled], classifier: KindClassifier) -> list[Judged]:
    """Judge every question in its situation."""
    return [Judged(each, classifier.judge(each.question, each.context)) for each in questions]


def share_right(judged: Sequence[Judged]) -> float:
    """Return how many are right, from 0 to 1."""
    return sum(each.is_right for each in judged) / len(judged) if judged else 0.0


def interval(judged: Sequence[Judged]) -> tuple[float, float]:
    """Return the 95% interval of the share that is right (Wilson 1927)."""
    count, share = len(judged), share_right(judged)
    middle = share + _Z**2 / (2 * count)
    half = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    scale = 1 + _Z**2 / count
    return (middle - half) / scale, (middle + half) / scale


def calibration_error(judged: Sequence[Judged], bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal width."""
    filled: dict[int, list[Judged]] = {}
    for each in judged:
        filled.setdefault(min(bins - 1, int(each.verdict.confidence * bins)), []).append(each)
    gaps = (
        abs(sum(each.verdict.confidence for each in some) - sum(each.is_right for each in some))
        for some in filled.values()
    )
    return sum(gaps) / len(judged) if judged else 0.0


def report(path: Path, classifier: KindClassifier) -> Iterator[str]:
    """Yield the lines of the report on the part held back."""
    questions = [each for each in read_labelled(path) if each.part == HELD_BACK]
    began = time.perf_counter()
    judged = judge_all(questions, classifier)
    each_ms = 1000 * (time.perf_counter() - began) / len(judged)
    low, high = interval(judged)
    yield f"{len(judged)} questions held back, {share_right(judged):.1%} right"
    yield f"  95% interval {low:.1%} to {high:.1%}"
    yield f"  expected calibration error {calibration_error(judged):.3f}"
    yield f"  {each_ms:.1f} ms a question"
    for kind in Kind:
        of_kind = [each for each in judged if each.asked.kind is kind]
        taken = Counter(each.verdict.kind.value for each in of_kind if not each.is_right)
        wrong = ", ".join(f"{count} as {name}" for name, count in taken.most_common())
        told = f"; taken {wrong}" if wrong else ""
        yield f"  {kind.value}: {share_right(of_kind):.1%} of {len(of_kind)}{told}"


def mistakes(path: Path, classifier: KindClassifier) -> Iterator[str]:
    """Yield a line for every mistake in the tuning part."""
    questions = [each for each in read_labelled(path) if each.part == TUNING]
    for each in judge_all(questions, classifier):
        if not each.is_right:
            taken = f"{each.verdict.kind} at {each.verdict.confidence:.2f}"
            yield f"{each.asked.question!r} ({each.asked.context.picture}): {taken}"


if __name__ == "__main__":
    chosen = mistakes if "--mistakes" in sys.argv[2:] else report
    for line in chosen(Path(sys.argv[1]), KindClassifier()):
        sys.stdout.write(line + "\n")
