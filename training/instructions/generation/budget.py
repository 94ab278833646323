"""What generation may cost: an estimate beforehand, and a limit that is never passed."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from clover_chat.errors import TrainingError
from training.instructions.generation.prompt import Message, messages

EXPECTED_ANSWER_TOKENS = 350
"""Tokens of four to five pairs, as a rule."""


@dataclass(frozen=True)
class Tokens:
    """Tokens that were read and written."""

    prompt: int = 0
    completion: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.prompt + other.prompt, self.completion + other.completion)

    def __sub__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.prompt - other.prompt, self.completion - other.completion)

    @property
    def total(self) -> int:
        """Both together."""
        return self.prompt + self.completion


@dataclass(frozen=True)
class Prices:
    """What a provider asks for, in its currency; zero for a model of one's own."""

    prompt_per_million: float = 0.0
    completion_per_million: float = 0.0

    def cost(self, tokens: Tokens) -> float:
        """Return what so many tokens cost."""
        prompt = tokens.prompt * self.prompt_per_million
        return (prompt + tokens.completion * self.completion_per_million) / 1e6


@dataclass(frozen=True)
class Estimate:
    """What a run will take, before anything is sent."""

    calls: int
    at_hand: int
    expected: Tokens
    most: Tokens
    prices: Prices

    @property
    def sentence(self) -> str:
        """The estimate in words."""
        expected, most = self.prices.cost(self.expected), self.prices.cost(self.most)
        return (
            f"{self.calls} calls ({self.at_hand} answers are at hand already): about "
            f"{self.expected.prompt:,} tokens to read and {self.expected.completion:,} to write, "
            f"about {expected:.2f} in money and at most {most:.2f} if nothing has to be repeated."
        )


def estimate(captions: Sequence[str], at_hand: int, max_tokens: int, prices: Prices) -> Estimate:
    """Return what asking about captions will take; four characters count as a token."""
    prompts = [messages(caption) for caption in captions]
    read = sum(_characters(prompt) // 4 for prompt in prompts)
    expected = Tokens(read, min(EXPECTED_ANSWER_TOKENS, max_tokens) * len(captions))
    most = sum((worst_case(prompt, max_tokens) for prompt in prompts), Tokens())
    return Estimate(len(captions), at_hand, expected, most, prices)


def worst_case(prompt: Sequence[Message], max_tokens: int) -> Tokens:
    """Return the most that one call may take; two bytes count as a token."""
    read = sum(len(message["content"].encode()) // 2 + 8 for message in prompt)
    return Tokens(read, max_tokens)


def _characters(prompt: Sequence[Message]) -> int:
    return sum(len(message["content"]) for message in prompt)


class Budget:
    """A limit over all runs that share a journal; every call reserves its worst case first.

    Args:
        max_tokens: Tokens in all, or None.
        max_cost: Money in all, or None.
        prices: What tokens cost.
        spent: What earlier runs took.

    Raises:
        TrainingError: There is no limit, or one that cannot work.
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        max_cost: float | None = None,
        prices: Prices | None = None,
        spent: Tokens | None = None,
    ) -> None:
        self.prices = prices or Prices()
        if max_tokens is None and max_cost is None:
            raise TrainingError("Generation needs a limit: give tokens, money or both.")
        if max_cost is not None and self.prices == Prices():
            raise TrainingError(f"A limit of {max_cost} in money needs prices; give them too.")
        self._max_tokens, self._max_cost = max_tokens, max_cost
        self._spent, self._reserved = spent or Tokens(), Tokens()
        self._changed = threading.Condition()

    @property
    def spent(self) -> Tokens:
        """What was used up so far, earlier runs included."""
        with self._changed:
            return self._spent

    def reserve(self, tokens: Tokens) -> bool:
        """Set tokens aside; waits while calls under way might still leave enough over.

        Returns:
            Whether they fit within the limit.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._fits(tokens) or not self._reserved.total)
            if not self._fits(tokens):
                return False
            self._reserved += tokens
            return True

    def settle(self, reserved: Tokens, used: Tokens) -> None:
        """Count what a call has really used, and give the rest of its reservation back."""
        with self._changed:
            self._reserved -= reserved
            self._spent += used
            self._changed.notify_all()

    def _fits(self, tokens: Tokens) -> bool:
        sum_ = self._spent + self._reserved + tokens
        if self._max_tokens is not None and sum_.total > self._max_tokens:
            return False
        return self._max_cost is None or self.prices.cost(sum_) <= self._max_cost
