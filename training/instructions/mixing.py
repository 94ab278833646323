"""Hybrid instructions: records of several methods in set proportions, balanced within each kind.

The kinds of question keep the shares they have among the records of a method; within a kind,
organs come equally often as far as there are enough, and within an organ the answers do.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from clover_chat.errors import TrainingError
from training.evaluation.reading import verdict
from training.instructions.records import SPLITS, Method, Record

_Key = TypeVar("_Key", bound=str)


@dataclass(frozen=True)
class Mix:
    """What to draw.

    Attributes:
        shares: Part of each method; they are scaled to a sum of one.
        total: Records in all; None takes as many as the shares allow.
        split: The split they are drawn from.
        seed: Decides which records are drawn, and their order.
        emphasis: Multiplies the share of a kind within its method.
    """

    shares: Mapping[Method, float]
    total: int | None = None
    split: str = "train"
    seed: int = field(default=0, metadata={"help": "Of what is drawn and its order."})
    emphasis: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not any(self.shares.values()) or min(self.shares.values()) < 0:
            raise TrainingError(f"Shares must be 0 or more and not all 0, got {dict(self.shares)}.")
        if any(factor < 0 for factor in self.emphasis.values()):
            raise TrainingError(f"Emphasis must be 0 or more, got {dict(self.emphasis)}.")
        if self.split not in SPLITS:
            raise TrainingError(f"split is {self.split!r}, expected one of {', '.join(SPLITS)}.")

    def wanted(self, available: Mapping[Method, int]) -> dict[Method, int]:
        """Return how many records of each method are drawn.

        Raises:
            TrainingError: There are too few of one; the message holds the largest total.
        """
        whole = sum(self.shares.values())
        shares = {method: share / whole for method, share in self.shares.items() if share}
        most = min(int(available.get(method, 0) / share) for method, share in shares.items())
        total = most if self.total is None else self.total
        if not most or total > most:
            held = ", ".join(f"{available.get(method, 0)} {method}" for method in shares)
            raise TrainingError(
                f"A mix of {total} records cannot keep the shares: there are {held} in "
                f"{self.split}. With these the largest total is {most}."
            )
        return _apportioned(total, shares)


def mix(records: Sequence[Record], plan: Mix) -> list[Record]:
    """Return records in the proportions of a plan, in random order, the same for the same seed.

    Raises:
        TrainingError: There are too few records of a method.
    """
    mine = [record for record in records if record.split == plan.split]
    wanted = plan.wanted(Counter(record.provenance.method for record in mine))
    rng = random.Random(plan.seed)  # noqa: S311 - not a secret
    drawn: list[Record] = []
    for method, count in wanted.items():
        of_method = [record for record in mine if record.provenance.method is method]
        drawn += _draw(of_method, count, plan.emphasis, rng)
    rng.shuffle(drawn)
    return drawn


def _draw(
    records: Sequence[Record], count: int, emphasis: Mapping[str, float], rng: random.Random
) -> list[Record]:
    """Return so many records, the kinds in the proportions they have, while there are enough."""
    by_kind: dict[str, list[Record]] = {}
    for record in records:
        by_kind.setdefault(record.kind, []).append(record)
    weights = {kind: len(each) * emphasis.get(kind, 1.0) for kind, each in by_kind.items()}
    whole = sum(weights.values()) or 1.0
    shares = {kind: weight / whole for kind, weight in weights.items()}
    drawn: list[Record] = []
    for kind, wanted in _apportioned(count, shares).items():
        drawn += islice(_in_turn(by_kind[kind], rng), wanted)
    return drawn


def _in_turn(records: Sequence[Record], rng: random.Random) -> Iterator[Record]:
    """Yield every record, organ after organ in turn, and within an organ answer after answer."""
    organs: dict[str, dict[str, list[Record]]] = {}
    for record in rng.sample(records, len(records)):
        organs.setdefault(record.organ, {}).setdefault(_answer_class(record), []).append(record)
    queues = [_answers_in_turn(answers) for _, answers in sorted(organs.items())]
    yield from _round_robin(queues)


def _answers_in_turn(answers: Mapping[str, list[Record]]) -> Iterator[Record]:
    yield from _round_robin([iter(queue) for _, queue in sorted(answers.items())])


def _round_robin(queues: Sequence[Iterator[Record]]) -> Iterator[Record]:
    waiting = list(queues)
    while waiting:
        left: list[Iterator[Record]] = []
        for queue in waiting:
            record = next(queue, None)
            if record is not None:
                yield record
                left.append(queue)
        waiting = left


def _answer_class(record: Record) -> str:
    """Return what is balanced: yes or no where that is the answer, otherwise the label."""
    return verdict(record.turns[0].answer) or record.label or record.turns[0].answer


def _apportioned(total: int, shares: Mapping[_Key, float]) -> dict[_Key, int]:
    """Return whole numbers in the proportions of shares that sum to one (largest remainders)."""
    exact = {key: total * share for key, share in shares.items()}
    counts = {key: int(value) for key, value in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (counts[key] - exact[key], str(key)))
    for key in by_remainder[: total - sum(counts.values())]:
        counts[key] += 1
    return counts
