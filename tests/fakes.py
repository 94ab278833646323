"""Stand-ins for the model: engines that read their answers from a list."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import ImageStat

from clover_chat.errors import ModelNotReady
from clover_chat.types import (
    Engine,
    Familiarity,
    Figures,
    Gaze,
    Generation,
    Identity,
    ModelState,
    Picture,
    Reading,
    Sampling,
    Stage,
    Turn,
    Waiting,
)


class ScriptedGeneration:
    """An answer read from a list; remembers whether it was closed."""

    def __init__(
        self,
        pieces: Sequence[str | Waiting],
        *,
        delay_s: float = 0.0,
        fail_after: int | None = None,
        error: Exception | None = None,
    ) -> None:
        self.figures = Figures(prompt_tokens=10)
        self.is_closed = False
        self._pieces = pieces
        self._delay_s = delay_s
        self._fail_after = fail_after
        self._error = error or RuntimeError("the scripted engine was told to fail")

    def __iter__(self) -> Iterator[str | Waiting]:
        for count, piece in enumerate(self._pieces):
            if count == self._fail_after:
                raise self._error
            time.sleep(self._delay_s)
            if isinstance(piece, str):
                self._count_one()
            yield piece
        if self._fail_after is not None and self._fail_after >= len(self._pieces):
            raise self._error

    def close(self) -> None:
        self.is_closed = True

    def _count_one(self) -> None:
        self.figures.answer_tokens += 1
        self.figures.time_to_first_token_s = 0.25
        self.figures.tokens_per_s = 20.0


class ScriptedEngine:
    """Answers from a list, over and over, and remembers what it was asked.

    Args:
        answers: One text, or one list of pieces, per question; the last serves all that follow.
        delay_s: Time before each piece.
        fail_after: Raise after this many pieces.
        error: What to raise then.
        line: Places in line, for whoever takes one for other work than an answer.
        reading: What it makes of every picture.
        familiarity: How far every picture lies from those it learnt from.
    """

    def __init__(
        self,
        answers: Sequence[str | Sequence[str | Waiting]] = ("Colon adenocarcinoma.",),
        *,
        line: Sequence[int] = (),
        delay_s: float = 0.0,
        fail_after: int | None = None,
        error: Exception | None = None,
        reading: Reading | None = None,
        familiarity: Familiarity | None = None,
    ) -> None:
        self.asked: list[tuple[tuple[Turn, ...], Sampling]] = []
        self.embedded: list[Picture] = []
        self.gazed: list[tuple[Picture, str]] = []
        self.generations: list[ScriptedGeneration] = []
        self.delay_s = delay_s
        self.fail_after = fail_after
        self.error = error
        self._answers = answers
        self._line = line
        self._reading = reading
        self._familiarity = familiarity

    @property
    def identity(self) -> Identity:
        return Identity(preset="scripted", bridge_version="0.0", bridge_hash="0" * 64)

    def generate(self, turns: tuple[Turn, ...], sampling: Sampling) -> Generation:
        answer = self._answers[min(len(self.asked), len(self._answers) - 1)]
        self.asked.append((turns, sampling))
        pieces = _words(answer) if isinstance(answer, str) else answer
        generation = ScriptedGeneration(
            pieces, delay_s=self.delay_s, fail_after=self.fail_after, error=self.error
        )
        self.generations.append(generation)
        return generation

    def embed(self, picture: Picture) -> tuple[float, ...]:
        """Return the mean colour of the picture."""
        self.embedded.append(picture)
        return tuple(ImageStat.Stat(picture.load()).mean)

    def read(self, picture: Picture) -> Reading | None:
        return self._reading

    def familiarity(self, picture: Picture) -> Familiarity | None:
        return self._familiarity

    def gaze(self, picture: Picture, question: str) -> Gaze:
        """Look at the right half of the picture."""
        self.gazed.append((picture, question))
        return Gaze(448, 320, ((0.1, 0.4), (0.1, 0.4)))

    @contextmanager
    def in_line(self) -> Iterator[Iterator[int]]:
        yield iter(self._line)


class ReadyHost:
    """A host whose engine is there from the beginning.

    Args:
        engine: Of the bridge at work.
        others: Those of other bridges, by folder.
    """

    def __init__(self, engine: Engine, others: Mapping[Path | None, Engine] | None = None) -> None:
        self._engine = engine
        self._others = others or {}

    @property
    def state(self) -> ModelState:
        return ModelState(Stage.READY)

    def progress(self) -> Iterator[ModelState]:
        yield self.state

    def engine(self) -> Engine:
        return self._engine

    def beside(self, bridge_dir: Path | None) -> Engine:
        return self._others.get(bridge_dir, self._engine)


class SlowHost:
    """A host that goes through the given states before it has its engine.

    Args:
        states: What it reports, in order; the last decides whether there is an engine.
        engine: The engine it ends with.
        error: What `engine()` raises where the last state is a failure.
        delay_s: Time before each state.
    """

    def __init__(
        self,
        states: Sequence[ModelState],
        engine: Engine,
        *,
        error: Exception | None = None,
        delay_s: float = 0.0,
    ) -> None:
        self.state = ModelState(Stage.LOADING)
        self._states = states
        self._engine = engine
        self._error = error or ModelNotReady("The model is not loaded yet.")
        self._delay_s = delay_s

    def progress(self) -> Iterator[ModelState]:
        for state in self._states:
            time.sleep(self._delay_s)
            self.state = state
            yield state

    def engine(self) -> Engine:
        if self.state.stage is not Stage.READY:
            raise self._error
        return self._engine

    def beside(self, bridge_dir: Path | None) -> Engine:
        return self.engine()


def _words(text: str) -> list[str]:
    """Cut a text into words that keep the blank before them."""
    first, *rest = text.split(" ")
    return [first, *(f" {word}" for word in rest)]
