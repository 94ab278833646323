"""A process that is killed in the middle: a real one, or one that is played within this one.

Played: from a chosen step on, whatever would touch a directory raises instead; so nothing can be
finished or tidied up any more, just as if the process had gone.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE_S = 600  # a busy machine is no failure


def verb(program: str, *words: object) -> list[str]:
    """Return the command that runs a verb of `clover_chat.cli` or `training.cli` in a process."""
    run = f"from {program} import main; main()"
    return [sys.executable, "-c", run, *map(str, words)]


def killed_at_work(command: list[str], is_at_work: Callable[[], bool], after_s: float) -> bool:
    """Run a command, kill it some time after it set to work, and say whether that hit it alive."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet) as process:
        began = time.monotonic()
        while not is_at_work() and process.poll() is None:
            assert time.monotonic() - began < PATIENCE_S
            time.sleep(0.001)
        time.sleep(after_s)
        process.kill()
    return process.returncode < 0


def finished(command: list[str]) -> str:
    """Run a command to its end and return what it says."""
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert run.returncode in (0, 1), run.stderr
    return run.stdout


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
