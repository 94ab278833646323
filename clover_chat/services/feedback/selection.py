"""Which judgments an export is made of; they are read one batch of conversations at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter

from sqlalchemy.orm import Session

from clover_chat.services.feedback.pseudonyms import Pseudonyms
from clover_chat.services.feedback.records import Record, record_of
from clover_chat.storage.conversations import messages_by_conversation
from clover_chat.storage.feedback import Consented, consented
from clover_chat.storage.tables import Judgment, Message
from clover_chat.types import Reason

_CONVERSATIONS_AT_ONCE = 100


@dataclass(frozen=True)
class Filters:
    """What is asked of a judgment; None asks nothing.

    Attributes:
        since: First day on which it was given, in UTC.
        until: Last day.
        person: Who gave it: the name of a sign-in, or an owner as the database knows one.
        bridge_version: Version of the bridge that answered.
        reason: One of the reasons it names.
        is_pinned: Whether its case is pinned, and says what is right.
    """

    since: date | None = None
    until: date | None = None
    person: str | None = None
    bridge_version: str | None = None
    reason: Reason | None = None
    is_pinned: bool | None = None

    @property
    def owner(self) -> str | None:
        """The person as the database knows one."""
        is_signed_in = self.person and self.person != "local" and ":" not in self.person
        return f"person:{self.person}" if is_signed_in else self.person

    def take(self, judgment: Judgment, answer: Message) -> bool:
        """Say whether a judgment is asked for."""
        given_on, generation = judgment.created_at.date(), answer.generation
        return (
            (self.since is None or given_on >= self.since)
            and (self.until is None or given_on <= self.until)
            and (self.person is None or judgment.owner == self.owner)
            and (self.reason is None or self.reason in judgment.reasons)
            and (self.is_pinned is None or self.is_pinned == judgment.is_pinned)
            and (
                self.bridge_version is None
                or (generation is not None and generation.bridge_version == self.bridge_version)
            )
        )

    def as_dict(self, pseudonyms: Pseudonyms) -> dict[str, str | bool | None]:
        """Return them as a manifest names them, the person by a pseudonym."""
        return {
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "person": pseudonyms.of("person", self.owner) if self.owner else None,
            "bridge_version": self.bridge_version,
            "reason": self.reason.value if self.reason else None,
            "is_pinned": self.is_pinned,
        }


def select_records(session: Session, filters: Filters, pseudonyms: Pseudonyms) -> Iterator[Record]:
    """Yield the consented judgments that are asked for, in an order that does not change."""
    by_conversation = groupby(consented(session), attrgetter("conversation_id"))
    conversations = ((key, list(found)) for key, found in by_conversation)
    for batch in _batches(conversations):
        trees = messages_by_conversation(session, conversation_ids=[key for key, _ in batch])
        for key, found in batch:
            yield from _records(found, trees[key], filters, pseudonyms)


def _batches(
    conversations: Iterable[tuple[str, list[Consented]]],
) -> Iterator[list[tuple[str, list[Consented]]]]:
    batch: list[tuple[str, list[Consented]]] = []
    for conversation in conversations:
        batch.append(conversation)
        if len(batch) == _CONVERSATIONS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _records(
    found: list[Consented], messages: list[Message], filters: Filters, pseudonyms: Pseudonyms
) -> Iterator[Record]:
    answers = {message.id: message for message in messages}
    judged = {each.judgment.message_id: each.judgment for each in found}
    for judgment, _ in found:
        if filters.take(judgment, answers[judgment.message_id]):
            yield record_of(judgment, messages, judged, pseudonyms)
