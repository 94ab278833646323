"""A conversation from a file becomes rows of the person who brings it.

Whose words they are is as the file says, so the first answers say that they are from a file. No
bridge is named as their author here, and a quotation stays one only where this shelf holds it word
for word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from clover_chat.knowledge.search import EntryNotFound, Shelf
from clover_chat.services.parts import BETWEEN, Quoted, quoted_from
from clover_chat.services.questions import storable
from clover_chat.services.titles import LONGEST_TITLE, own_title, title_of
from clover_chat.services.transcripts.file_form import FileForm, MessageForm, PartForm
from clover_chat.services.transcripts.luggage import Luggage
from clover_chat.services.transcripts.transcript import day_of
from clover_chat.storage import conversations, regions
from clover_chat.storage.tables import (
    AnswerPart,
    Generation,
    Message,
    MessageImage,
    MessageRegion,
    utc_now,
)
from clover_chat.types import Author, Ending, Role, Sampling

IMPORTED = "This conversation was imported from a file"
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Keeper:
    """Writes the rows of one file.

    Attributes:
        owner: Whose they will be.
        form: The file.
        luggage: What its pictures and regions become; the pictures are kept already.
        shelf: Tells whether a quotation is one.
    """

    owner: str
    form: FileForm
    luggage: Luggage
    shelf: Shelf

    def keep(self, session: Session) -> str:
        """Write a conversation with all its messages, and return its id."""
        form, ids = self.form, dict[int, int]()
        given = storable(form.title)[:LONGEST_TITLE]
        title = own_title(given) if given else title_of(storable(form.messages[0].text))
        conversation = conversations.add_conversation(session, owner=self.owner, title=title)
        for each in form.messages:
            row = self._question(session, each) if each.role is Role.USER else self._answer(each)
            row.conversation_id = conversation.id
            row.parent_id = ids[each.parent] if each.parent else None
            session.add(row)
            session.flush()
            ids[each.number] = row.id
        conversation.active_leaf_id = ids[form.active]
        session.flush()
        return conversation.id

    def _question(self, session: Session, message: MessageForm) -> Message:
        brought = [
            *(self.luggage.pictures[place] for place in message.pictures),
            *(self.luggage.regions[place] for place in message.regions),
        ]
        keys = dict.fromkeys(each.key for each in brought if each.key)
        places = dict.fromkeys(each.place for each in brought if each.place)
        marked = [
            regions.add_region(
                session, owner=self.owner, slide_id=place.slide_id, **place.box._asdict(), name=""
            )
            for place in places
        ]
        return Message(
            role=Role.USER,
            content=storable(message.text),
            status=Ending.COMPLETE,
            created_at=_moment(message.written_at),
            shown=[MessageImage(position=i, image_hash=key) for i, key in enumerate(keys)],
            marked=[MessageRegion(position=i, region=each) for i, each in enumerate(marked)],
        )

    def _answer(self, message: MessageForm) -> Message:
        parts = list(self._parts(message))
        status = Ending.INTERRUPTED if message.status is Ending.WRITING else message.status
        usual, kind = Sampling(), message.model.kind if message.model else None
        return Message(
            role=Role.ASSISTANT,
            content=BETWEEN.join(part.content for part in parts),
            status=status,
            created_at=_moment(message.written_at),
            parts=parts,
            generation=Generation(
                temperature=usual.temperature,
                top_p=usual.top_p,
                max_tokens=usual.max_tokens,
                seed=usual.seed,
                ending=status,
                kind=kind,
                kind_confidence=message.model.kind_confidence if message.model else None,
            ),
        )

    def _parts(self, message: MessageForm) -> Iterator[AnswerPart]:
        parts = message.parts or (PartForm(author=Author.BRIDGE, text=message.text),)
        rows = [self._part(part) for part in parts if storable(part.text)]
        if self._is_first(message) and not (rows and rows[0].content.startswith(IMPORTED)):
            rows.insert(0, AnswerPart(author=Author.FIXED, content=self._whence()))
        for position, row in enumerate(rows):
            row.position = position
            yield row

    def _part(self, part: PartForm) -> AnswerPart:
        quoted, text = self._quoted(part), storable(part.text)
        return AnswerPart(
            author=part.author,
            content=text,
            entry_id=quoted.entry_id if quoted else None,
            title=quoted.title if quoted else None,
            source=quoted.source if quoted else None,
            cut_reason=storable(part.cut_reason) if part.cut_reason else None,
        )

    def _quoted(self, part: PartForm) -> Quoted | None:
        """Return where a text is quoted from, if this shelf holds it word for word."""
        if part.author is not Author.SHELF or part.entry is None:
            return None
        try:
            entry = self.shelf.entry(part.entry)
        except EntryNotFound:
            return None
        return quoted_from(entry) if entry.text == part.text else None

    def _is_first(self, message: MessageForm) -> bool:
        assert message.parent is not None
        return self.form.messages[message.parent - 1].parent is None

    def _whence(self) -> str:
        form, models = self.form, dict[str, None]()
        for each in (message.model for message in form.messages):
            if each and each.bridge_version:
                models[storable(f"{each.preset} {each.bridge_version}")] = None
        exported = f" of {day_of(form.exported_at)}" if form.exported_at else ""
        named = f", which names {', '.join(list(models)[:3])}" if models else ""
        return f"{IMPORTED}{exported}{named}. Who wrote its answers is as that file says."


def _moment(told: datetime | None) -> datetime:
    """Return when a message was written, as far as that can be."""
    now = utc_now()
    return told if told and told.tzinfo and _EARLIEST <= told <= now else now
