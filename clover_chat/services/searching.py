"""Finding a conversation again by words of its title, its questions or its answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services import excerpts
from clover_chat.services.excerpts import Piece
from clover_chat.services.listing import view_of_line
from clover_chat.services.questions import storable
from clover_chat.services.views import ConversationView
from clover_chat.storage import listing, search
from clover_chat.storage.database import reading

MOST_FOUND = 40
"""Conversations that a search shows."""

LONGEST_WANTED = 200
"""Characters of a query that count; what follows is left out."""

_MOST_WORDS = 12
_MOST_MESSAGES = 1000  # of which many may be of the same conversation


@dataclass(frozen=True)
class Found:
    """A conversation in which something was found.

    Attributes:
        conversation: The conversation.
        title: Its title, with what was found set apart.
        excerpt: A line of a question or answer, likewise; none where only the title fits.
        message_id: Which message the line is from, None where there is none.
    """

    conversation: ConversationView
    title: tuple[Piece, ...]
    excerpt: tuple[Piece, ...] = ()
    message_id: int | None = None


@dataclass(frozen=True)
class _Wanted:
    """What somebody looks for: words by their beginnings, or a text of signs alone as it is."""

    text: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, query: str) -> "_Wanted":
        text = storable(query[:LONGEST_WANTED])
        return cls(text, tuple(dict.fromkeys(excerpts.words_of(text)))[:_MOST_WORDS])

    @property
    def mark(self) -> Callable[[str], tuple[Piece, ...]]:
        if self.words:
            return partial(excerpts.marked, beginnings=self.words)
        return partial(excerpts.marked_literally, wanted=self.text)

    def is_in(self, title: str) -> bool:
        if self.words:
            return excerpts.has_words(title, self.words)
        return excerpts.fold(self.text) in excerpts.fold(title)


class SearchService:
    """Searches the conversations of one person at a time.

    Args:
        sessions: The database.
    """

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def search(self, owner: str, query: str) -> tuple[Found, ...]:
        """Return conversations of a person that hold what is looked for.

        Whatever is typed means itself: no sign has a meaning of its own, and nothing is an error.
        All words must begin a word of the same title, question or answer.

        Args:
            owner: Whose conversations.
            query: What somebody typed.

        Returns:
            Those whose title fits first, then the others, each newest first; at most `MOST_FOUND`.
        """
        wanted = _Wanted.of(query)
        if not wanted.text:
            return ()
        with reading(self._sessions) as session:
            lines = {line.id: line for line in listing.all_of(session, owner=owner)}
            first = _first_messages(_messages(session, owner, wanted))
            titled = [each for each, line in lines.items() if wanted.is_in(line.title)]
            inside = [each for each in lines if each in first]
            shown = list(dict.fromkeys([*titled, *inside]))[:MOST_FOUND]
            ids = [first[each] for each in shown if each in first]
            texts = search.texts_of(session, message_ids=ids)
        return tuple(_found(lines[each], first.get(each), texts, wanted) for each in shown)


def _messages(session: Session, owner: str, wanted: _Wanted) -> Sequence[search.Hit]:
    if wanted.words:
        return search.find_words(session, owner=owner, words=wanted.words, limit=_MOST_MESSAGES)
    return search.find_literally(session, owner=owner, wanted=wanted.text, limit=_MOST_MESSAGES)


def _first_messages(hits: Sequence[search.Hit]) -> dict[str, int]:
    """Return the earliest of the messages found in each conversation."""
    return {hit.conversation_id: hit.message_id for hit in hits}


def _found(
    line: listing.Line, message_id: int | None, texts: dict[int, str], wanted: _Wanted
) -> Found:
    said = excerpts.excerpt(wanted.mark(texts[message_id])) if message_id in texts else ()
    return Found(view_of_line(line), wanted.mark(line.title), said, message_id)
