"""Asking about many captions: several at a time, patiently, within the budget, resumable."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from clover_chat.errors import TrainingError
from training.instructions.generation import prompt
from training.instructions.generation.budget import Budget, Tokens, worst_case
from training.instructions.generation.endpoint import (
    Completion,
    Endpoint,
    EndpointRefused,
    PassingFault,
)
from training.instructions.generation.journal import Journal
from training.instructions.records import digest

logger = logging.getLogger(__name__)
ATTEMPTS = 6
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 120.0
LOST_IN_A_ROW = 5
"""After so many captions in a row that brought no answer, the endpoint counts as down."""


@dataclass(frozen=True)
class Outcome:
    """How a run over captions ended.

    Attributes:
        answered: Captions answered in this run.
        at_hand: Captions that had an answer before.
        lost: Captions that brought no answer after several attempts.
        left: Captions that were not asked about, because the budget was reached or the run
            was stopped.
        spent: What all runs with this journal took.
    """

    answered: int
    at_hand: int
    lost: int
    left: int
    spent: Tokens

    @property
    def sentence(self) -> str:
        """The outcome in words, with what to do next."""
        text = (
            f"{self.answered} captions answered, {self.at_hand} were at hand; "
            f"{self.spent.total:,} tokens used up in all."
        )
        if self.left:
            text += f" {self.left} captions are left; if the budget is reached, raise it and go on."
        if self.lost:
            text += f" {self.lost} brought no answer; run again to ask about them once more."
        return text


def recipe_hash(endpoint: Endpoint) -> str:
    """Return the hash of prompt, model and settings."""
    said = prompt.messages("")
    return digest([prompt.VERSION, said, endpoint.model, endpoint.temperature, endpoint.max_tokens])


def question_key(caption: str, endpoint: Endpoint) -> str:
    """Return the key under which the answer about a caption is kept."""
    return digest([caption.strip(), recipe_hash(endpoint)])


class Asker:
    """Asks one endpoint, from several threads, and keeps what it answers.

    Args:
        endpoint: Whom to ask.
        journal: Where answers are kept.
        budget: What may be used up.
        sleep: Waits so many seconds; for tests. The default wakes up when the run is stopped.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        journal: Journal,
        budget: Budget,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._endpoint, self._journal, self._budget = endpoint, journal, budget
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._lock = threading.Lock()
        self._lost_in_a_row = 0
        self._not_before = 0.0

    def stop(self) -> None:
        """Let calls under way end, and begin no others; pauses end at once."""
        self._stopped.set()

    def ask_all(
        self,
        captions: Iterable[str],
        workers: int = 4,
        progress: Callable[[Iterable[Future[str]]], Iterable[Future[str]]] = iter,
    ) -> Outcome:
        """Ask about every caption that has no answer yet.

        What was answered until an interruption is kept; the same call goes on from there.

        Raises:
            EndpointRefused: The endpoint answers no such calls.
            TrainingError: The endpoint seems to be down.
        """
        wanted = {question_key(each, self._endpoint): each for each in captions}
        todo = {key: text for key, text in wanted.items() if key not in self._journal}
        ends: list[str] = []
        with ThreadPoolExecutor(workers, thread_name_prefix="asking") as pool:
            futures = [pool.submit(self._ask, key, text) for key, text in todo.items()]
            try:
                ends += [future.result() for future in progress(as_completed(futures))]
            except BaseException:
                self.stop()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return Outcome(
            answered=ends.count("answered"),
            at_hand=len(wanted) - len(todo),
            lost=ends.count("lost"),
            left=ends.count("left"),
            spent=self._journal.spent,
        )

    def _ask(self, key: str, caption: str) -> str:
        """Ask about one caption until there is an answer, and tell how it ended."""
        said = prompt.messages(caption)
        reserved = worst_case(said, self._endpoint.max_tokens)
        for attempt in range(ATTEMPTS):
            self._wait_for_turn()
            if self._stopped.is_set() or not self._budget.reserve(reserved):
                return "left"
            try:
                completion = self._attempt(key, said, reserved)
            except EndpointRefused:
                self.stop()
                raise
            except PassingFault as fault:
                logger.info("attempt %d of %d: %s", attempt + 1, ATTEMPTS, fault)
                self._be_patient(fault, attempt)
                continue
            self._journal.keep(key, completion.text, completion.tokens or reserved)
            self._note(is_lost=False)
            return "answered"
        self._note(is_lost=True)
        return "lost"

    def _attempt(self, key: str, said: Sequence[prompt.Message], reserved: Tokens) -> Completion:
        """Ask once, and count what that took, however it ends."""
        used = Tokens()
        try:
            completion = self._endpoint.complete(said)
            used = completion.tokens or reserved
            return completion
        except PassingFault as fault:
            if fault.may_be_charged:
                used = reserved
                self._journal.note_loss(key, reserved)
            raise
        finally:
            self._budget.settle(reserved, used)

    def _be_patient(self, fault: PassingFault, attempt: int) -> None:
        """Set when to ask again: when the endpoint says so, or ever later."""
        if fault.wait_s is not None:
            with self._lock:
                asked_for = time.monotonic() + min(fault.wait_s, LONGEST_WAIT_S)
                self._not_before = max(self._not_before, asked_for)
            return
        spread = random.uniform(0.5, 1.5)  # noqa: S311 - not a secret
        self._sleep(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt) * spread)

    def _wait_for_turn(self) -> None:
        """Wait as long as the endpoint has asked everybody to."""
        with self._lock:
            wait_s = self._not_before - time.monotonic()
        if wait_s > 0:
            self._sleep(wait_s)

    def _note(self, *, is_lost: bool) -> None:
        with self._lock:
            self._lost_in_a_row = self._lost_in_a_row + 1 if is_lost else 0
            is_down = self._lost_in_a_row >= LOST_IN_A_ROW
        if is_down:
            self.stop()
            raise TrainingError(
                f"The endpoint {self._endpoint.url} brought no answer for {LOST_IN_A_ROW} captions "
                f"in a row, {ATTEMPTS} attempts each. What was answered is kept; run again later."
            )
