"""How an answer comes about and is kept, however the reading of it ends."""

import logging
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import CloverError, GenerationFailed
from clover_chat.services.checking import checked, cut_reason, readings_for
from clover_chat.services.confidence import how_sure, unlike_note
from clover_chat.services.parts import BETWEEN, CutBack, Part, PartBegun, PartEvent, fixed
from clover_chat.services.sights import Briefing
from clover_chat.services.talking import Talking
from clover_chat.services.titles import add_topic, organ_topic
from clover_chat.services.views import Event, Started
from clover_chat.storage.conversations import save_answer
from clover_chat.storage.tables import AnswerPart
from clover_chat.types import (
    Author,
    Ending,
    Engine,
    Figures,
    Generation,
    Identity,
    ModelHost,
    ModelState,
    Reading,
    Sampling,
    Stage,
    Turn,
)

logger = logging.getLogger(__name__)


@dataclass
class _Written:
    """One part as far as it has got."""

    begun: PartBegun
    pieces: list[str] = field(default_factory=list)
    cut_reason: str | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def row(self) -> AnswerPart:
        quoted = self.begun.quoted
        return AnswerPart(
            author=self.begun.author,
            content=self.text,
            entry_id=quoted.entry_id if quoted else None,
            title=quoted.title if quoted else None,
            source=quoted.source if quoted else None,
            cut_reason=self.cut_reason,
        )


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
        self.topic = ""  # what the pictures show, where that is sure enough for a title
        self._sessions = sessions
        self._save_every_s = save_every_s
        self._saved_at = time.monotonic()
        self._parts: list[_Written] = []

    def take(self, event: PartEvent) -> bool:
        """Take in what a part tells; False says that the conversation is gone."""
        if isinstance(event, PartBegun):
            self._parts.append(_Written(event))
        elif isinstance(event, CutBack):
            self._parts[-1].cut_reason = event.reason
        elif isinstance(event, str):
            self._parts[-1].pieces.append(event)
            if time.monotonic() - self._saved_at >= self._save_every_s:
                return self.save(Ending.WRITING)
        return True

    def written_by(self, *authors: Author) -> str:
        """Return what some authors have written so far."""
        return " ".join(each.text for each in self._parts if each.begun.author in authors)

    def save(self, status: Ending) -> bool:
        """Store what there is; False says that the conversation is gone."""
        written = [each for each in self._parts if each.text]
        with self._sessions.begin() as session:
            is_kept = save_answer(
                session,
                conversation_id=self.started.conversation_id,
                answer_id=self.started.answer_id,
                content=BETWEEN.join(each.text for each in written),
                status=status,
                figures=self.generation.figures if self.generation else Figures(),
                identity=self.identity,
                parts=[each.row() for each in written],
            )
            if is_kept and self.topic:
                add_topic(session, question_id=self.started.question_id, topic=self.topic)
        self._saved_at = time.monotonic()
        return is_kept


Plan = Callable[[AnswerRecord], Part]
"""Makes the parts of an answer one after the other; later parts may depend on what is written."""


def write_answer(plan: Plan, record: AnswerRecord) -> Generator[Event, None, None]:
    """Yield an answer as it grows and keep it; closing the generator keeps what there is.

    Args:
        plan: Makes the answer; called once the question is known to be stored.
        record: Keeps the answer.

    Raises:
        CloverError: The answer could not be finished; the record says `failed`.
    """
    ending = Ending.STOPPED
    try:
        yield record.started
        with closing(plan(record)) as events:
            for event in events:
                if not record.take(event):
                    return
                yield event
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


@dataclass(frozen=True)
class PictureAnswers:
    """Answers about pictures, written through the bridge.

    Attributes:
        host: Where the model comes from.
        talking: Has a larger model write in place of the bridge; None leaves it to the bridge.
    """

    host: ModelHost
    talking: Talking | None = None

    def part(self, brief: Callable[[], Briefing], sampling: Sampling, record: AnswerRecord) -> Part:
        """Answer the last question of a briefing.

        What the bridge writes is checked against its own reading of the pictures, if it has one,
        and shown sentence by sentence. How sure that is follows, unless the pictures are unlike
        those the bridge has learnt from; that is said first.

        Args:
            brief: Returns what the model is told; may read slides.
            sampling: How the answer is chosen.
            record: Is told which model answered and what it cost.
        """
        briefing = brief()
        if briefing.remark:
            yield from fixed(briefing.remark)
        engine = yield from _wait_for_engine(self.host)
        record.identity = engine.identity
        readings = readings_for(engine, briefing.turns)
        record.topic = organ_topic(readings)
        if note := unlike_note(engine, briefing.turns):
            yield from fixed(note)
        stated = () if note else readings
        own = partial(_bridge, engine, briefing.turns, readings, stated, sampling, record)
        if self.talking is None:
            yield from own()
        else:
            yield from self.talking.part(briefing.turns, readings, own)


def _bridge(
    engine: Engine,
    turns: tuple[Turn, ...],
    readings: tuple[Reading, ...],
    stated: tuple[Reading, ...],
    sampling: Sampling,
    record: AnswerRecord,
) -> Part:
    """Write an answer that holds by `readings`, and say how sure it is by those `stated`."""
    yield PartBegun(Author.BRIDGE)
    with closing(engine.generate(turns, sampling)) as generation:
        record.generation = generation
        if not readings:
            yield from generation
            return
        outcome = yield from checked(generation, readings)
        if outcome.cut:
            yield CutBack(cut_reason(outcome.cut))
    if said := how_sure(turns[-1].question, outcome.text, stated):
        yield from fixed(said)


def _wait_for_engine(host: ModelHost) -> Generator[ModelState, None, Engine]:
    if host.state.stage is not Stage.READY:
        yield from host.progress()
    return host.engine()
