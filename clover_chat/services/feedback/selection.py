"""Which judgments an export is made of; they are read one batch of conversations at a time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from operator import attrgetter
from typing import TypeVar

from sqlalchemy.orm import Session

from clover_chat.services.feedback.compared import compared_record, judgments_of
from clover_chat.services.feedback.pseudonyms import Pseudonyms
from clover_chat.services.feedback.records import Record, record_of
from clover_chat.storage import comparisons
from clover_chat.storage.comparisons import ConsentedChoice
from clover_chat.storage.conversations import messages_by_conversation
from clover_chat.storage.feedback import Consented, consented
from clover_chat.storage.tables import Judgment, Message
from clover_chat.types import Reason

Each = TypeVar("Each", Consented, ConsentedChoice)
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
    """Yield what is asked for of everybody who consents, in an order that does not change.

    Judgments come first, then choices between two answers.
    """
    for batch in _batches(consented(session)):
        keys = list(batch)
        trees = messages_by_conversation(session, conversation_ids=keys)
        beside = _beside(session, keys)
        for key, found in batch.items():
            yield from _records(found, trees[key], filters, pseudonyms, beside)
    for choices in _batches(comparisons.consented(session)):
        trees = messages_by_conversation(session, conversation_ids=list(choices))
        for key, chosen in choices.items():
            yield from _compared(chosen, trees[key], filters, pseudonyms)


def _batches(found: Iterable[Each]) -> Iterator[dict[str, list[Each]]]:
    """Yield some conversations at a time with what was found in each."""
    conversations = groupby(found, attrgetter("conversation_id"))
    while batch := {key: list(each) for key, each in islice(conversations, _CONVERSATIONS_AT_ONCE)}:
        yield batch


def _beside(session: Session, conversation_ids: Sequence[str]) -> set[int]:
    """Return the answers that were put side by side with another."""
    rows = comparisons.comparisons_in(session, conversation_ids=conversation_ids)
    return {answer_id for row in rows for answer_id in (row.left_id, row.right_id)}


def _compared(
    found: list[ConsentedChoice],
    messages: list[Message],
    filters: Filters,
    pseudonyms: Pseudonyms,
) -> Iterator[Record]:
    answers = {message.id: message for message in messages}
    for comparison, _ in found:
        for judgment in judgments_of(comparison):
            if filters.take(judgment, answers[judgment.message_id]):
                yield compared_record(comparison, judgment, messages, pseudonyms)


def _records(
    found: list[Consented],
    messages: list[Message],
    filters: Filters,
    pseudonyms: Pseudonyms,
    beside: Collection[int],
) -> Iterator[Record]:
    answers = {message.id: message for message in messages}
    judged = {each.judgment.message_id: each.judgment for each in found}
    for judgment, _ in found:
        if filters.take(judgment, answers[judgment.message_id]):
            yield record_of(judgment, messages, judged, pseudonyms, beside)
