"""A process that is killed in the middle, played within this one.

From a chosen step on, whatever would touch a directory raises instead; so nothing can be finished
or tidied up any more, just as if the process had gone.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path


class Killed(BaseException):
    """The process is no more."""


class _Death:
    """Counts what is done to a directory, and lets nothing happen after so many steps."""

    def __init__(self) -> None:
        self.directory = ""
        self.steps_left = 0
        self.is_dead = False

    def __call__(self, _event: str, arguments: tuple[object, ...]) -> None:
        if self.directory and arguments and str(arguments[0]).startswith(self.directory):
            self.is_dead = self.is_dead or self.steps_left == 0
            if self.is_dead:
                raise Killed
            self.steps_left -= 1


_death = _Death()
sys.addaudithook(_death)


def killed_at_each_step(
    directory: Path, prepare: Callable[[], Callable[[], object]]
) -> Iterator[int]:
    """Yield after each time that some work was killed, a step later each time, until it ends.

    Args:
        directory: What is done to it or to files in it counts as steps.
        prepare: Puts everything as it was before and returns the work.
    """
    for step in range(1000):
        work = prepare()
        _death.directory, _death.steps_left, _death.is_dead = str(directory), step, False
        with suppress(Killed):
            work()
        _death.directory = ""
        if not _death.is_dead:
            return
        yield step
