"""Two answers that are written one after the other, so that each has the processor to itself."""

import logging
import threading
import time
from collections.abc import Callable, Iterator

from clover_chat.errors import CloverError
from clover_chat.services.views import Event
from clover_chat.ui.answers import PAUSE_S, Answer, Answers, Progress

log = logging.getLogger(__name__)


class Contest:
    """Two answers side by side, while they are written.

    Args:
        answers: Where answers are written.
        left: The first, already begun.
        names: What to call the two; empty where it is hidden who writes which.
    """

    def __init__(self, answers: Answers, left: Answer, names: tuple[str, str] | None) -> None:
        self.names = names
        self.left = left
        self.right: Answer | None = None
        self.problem: str | None = None
        self.is_done = False
        self.is_whole = False
        self._answers = answers

    @property
    def conversation_id(self) -> str:
        """Where both are written."""
        return self.left.started.conversation_id

    def begin(
        self, second: Callable[[], Iterator[Event]], keep: Callable[[int, int], None]
    ) -> None:
        """Write the second answer once the first is there, in the background.

        Args:
            second: Begins it.
            keep: Is given the ids of both, where both came to their end.
        """
        threading.Thread(target=self._run, args=(second, keep), daemon=True).start()

    def follow(self) -> Iterator[tuple[Progress, Progress | None]]:
        """Yield how far the two are, rarely enough for a page, and always the last."""
        while True:
            is_last = self.is_done
            yield self.left.progress, self.right.progress if self.right else None
            if is_last:
                return
            time.sleep(2 * PAUSE_S)

    def _run(self, second: Callable[[], Iterator[Event]], keep: Callable[[int, int], None]) -> None:
        try:
            if self._is_good(self.left):
                self.right = self._answers.begin(self.left.owner, second())
                if self._is_good(self.right):
                    keep(self.left.started.answer_id, self.right.started.answer_id)
                    self.is_whole = True
        except CloverError as error:
            self.problem = str(error)
        except Exception:
            log.exception("Two answers could not be put side by side.")
            self.problem = "Something went wrong while comparing; please try again."
        self.is_done = True

    def _is_good(self, answer: Answer) -> bool:
        progress = answer.wait()
        self.problem = progress.problem
        return not progress.is_stopping and progress.problem is None
