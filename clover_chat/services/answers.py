"""How an answer comes about and is kept, however the reading of it ends."""

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import CloverError, GenerationFailed
from clover_chat.services.sights import Briefing
from clover_chat.services.views import Event, Started
from clover_chat.storage.conversations import save_answer
from clover_chat.types import (
    Ending,
    Engine,
    Figures,
    Generation,
    Identity,
    ModelHost,
    ModelState,
    Sampling,
    Stage,
)

logger = logging.getLogger(__name__)


class AnswerRecord:
    """The stored side of one running answer.

    It is saved every so often while it grows, so that a crash costs little, and once at its end.
    """

    def __init__(
        self, sessions: sessionmaker[Session], started: Started, save_every_s: float
    ) -> None:
        self.started = started
        self.identity: Identity | None = None
        self.generation: Generation | None = None
        self._sessions = sessions
        self._save_every_s = save_every_s
        self._saved_at = time.monotonic()
        self._pieces: list[str] = []

    def add(self, piece: str) -> bool:
        """Add an increment; False says that the conversation is gone and nobody wants more."""
        self._pieces.append(piece)
        if time.monotonic() - self._saved_at < self._save_every_s:
            return True
        return self.save(Ending.WRITING)

    def save(self, status: Ending) -> bool:
        """Store what there is; False says that the conversation is gone."""
        with self._sessions.begin() as session:
            is_kept = save_answer(
                session,
                conversation_id=self.started.conversation_id,
                answer_id=self.started.answer_id,
                content="".join(self._pieces),
                status=status,
                figures=self.generation.figures if self.generation else Figures(),
                identity=self.identity,
            )
        self._saved_at = time.monotonic()
        return is_kept


def write_answer(
    host: ModelHost, brief: Callable[[], Briefing], sampling: Sampling, record: AnswerRecord
) -> Generator[Event, None, None]:
    """Yield an answer as it grows and keep it; closing the generator keeps what there is.

    Args:
        host: Where the model comes from.
        brief: Returns what the model is told; called once the question is known to be stored.
        sampling: How the answer is chosen.
        record: Keeps the answer.

    Raises:
        CloverError: The model could not answer; the record says `failed`.
    """
    ending = Ending.STOPPED
    try:
        yield record.started
        briefing = brief()
        yield from _remark(briefing, record)
        engine = yield from _wait_for_engine(host)
        record.identity = engine.identity
        with closing(engine.generate(briefing.turns, sampling)) as generation:
            record.generation = generation
            yield from _pieces(generation, record)
        ending = Ending.COMPLETE
    except CloverError:
        ending = Ending.FAILED
        raise
    except Exception as error:
        ending = Ending.FAILED
        logger.exception("Answer %d failed", record.started.answer_id)
        raise GenerationFailed(
            "The answer broke off because of a fault in the program; its log says more. "
            "What was written so far is kept. Try again."
        ) from error
    finally:
        record.save(ending)
        logger.info("Answer %d ended: %s", record.started.answer_id, ending)


def _remark(briefing: Briefing, record: AnswerRecord) -> Iterator[str]:
    """Yield what is said before the answer; it is part of the answer from then on."""
    if briefing.remark:
        remark = f"{briefing.remark}\n\n"
        record.add(remark)
        yield remark


def _wait_for_engine(host: ModelHost) -> Generator[ModelState, None, Engine]:
    if host.state.stage is not Stage.READY:
        yield from host.progress()
    return host.engine()


def _pieces(generation: Generation, record: AnswerRecord) -> Iterator[Event]:
    for piece in generation:
        if isinstance(piece, str) and not record.add(piece):
            return
        yield piece
