"""What is wrong with data somebody gave us, by file and line; nothing is dropped without a word."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

from clover_chat.errors import TrainingError

logger = logging.getLogger(__name__)
Item = TypeVar("Item")
_TOLD = 5


class OnProblem(StrEnum):
    """What to do with data that cannot be used."""

    SKIP = "skip"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        path: The file.
        line: Line in it, from 1.
        kind: In two or three words, the same for all of its kind: "missing image".
        detail: What exactly, and what to do about it.
    """

    path: Path
    line: int
    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.kind}: {self.detail}"


@dataclass(frozen=True)
class Accepted(Generic[Item]):
    """What can be used, and what was left out.

    Attributes:
        items: In the order of the files.
        problems: Likewise.
    """

    items: tuple[Item, ...]
    problems: tuple[Problem, ...]

    @property
    def summary(self) -> str:
        """One sentence: how many are usable, how many are not, and why."""
        if not self.problems:
            return f"{len(self.items)} accepted, none left out."
        kinds = Counter(problem.kind for problem in self.problems)
        reasons = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        return f"{len(self.items)} accepted, {len(self.problems)} left out ({reasons})."


class Problems:
    """Collects problems while data is read; refuses at the end, if so configured.

    Args:
        on_problem: Leave out what cannot be used, or refuse all of it.
    """

    def __init__(self, on_problem: OnProblem = OnProblem.SKIP) -> None:
        self._on_problem = on_problem
        self._found: list[Problem] = []

    def add(self, path: Path, line: int, kind: str, detail: str) -> None:
        """Note one problem."""
        self._found.append(Problem(path, line, kind, detail))

    def settle(self, items: Sequence[Item]) -> Accepted[Item]:
        """Return what can be used, with every problem that was met.

        Raises:
            TrainingError: There are problems and they are to be refused; the message holds the
                first of them.
        """
        accepted = Accepted(tuple(items), tuple(sorted(self._found, key=_place)))
        if not self._found:
            return accepted
        told = [f"  {problem}" for problem in accepted.problems[:_TOLD]]
        if len(self._found) > _TOLD:
            told.append(f"  and {len(self._found) - _TOLD} more")
        text = "\n".join([accepted.summary, *told])
        if self._on_problem is OnProblem.REFUSE:
            raise TrainingError(
                f"The data is refused, because problems are not to be skipped. {text}"
            )
        logger.warning("%s", text)
        return accepted


def _place(problem: Problem) -> tuple[str, int]:
    return str(problem.path), problem.line
