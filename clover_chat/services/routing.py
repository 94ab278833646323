"""How a question is answered: what kind it is, and which parts its answer has.

No sentence of general pathology comes from a model here: it is quoted from the reference shelf or
not said. Where the kind is uncertain, the harmless way is taken: a question that the shelf answers
for sure is quoted where it may be a general one; one that brings a picture is answered from it, if
it may be about a picture; any other is asked back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clover_chat.errors import QuestionError
from clover_chat.knowledge.entries import Entry
from clover_chat.knowledge.kinds.classifier import Context, KindClassifier, Verdict
from clover_chat.knowledge.search import Shelf
from clover_chat.services import repertoire
from clover_chat.services.answers import AnswerRecord, Plan
from clover_chat.services.branches import Exchange
from clover_chat.services.parts import Part, fixed, quotation
from clover_chat.services.recalling import recalled
from clover_chat.types import Author, Kind

SURE = 0.55
"""Chance of the likeliest kind from which on it is taken for granted."""

_MAY_LOOK = 0.15
"""Chance of being about a picture from which on a question that brings one is answered from it."""

_NAMED = 0.5  # share of a question that a name covers where it is that entry that is asked about
_NEAR = 0.2  # chance from which on an entry is worth being mentioned
_LOOKING = (Kind.PICTURE, Kind.MIXED)


@dataclass(frozen=True)
class Route:
    """How a question is going to be answered.

    Attributes:
        verdict: What the classifier made of it; None where no classifier was asked.
        kind: The way it is answered; None asks what was meant.
    """

    verdict: Verdict | None
    kind: Kind | None


class Router:
    """Decides how questions are answered; holds nothing of any one person.

    Args:
        kinds: Says what kind a question is; None takes every question to be about the picture.
        shelf: What is quoted from.
    """

    def __init__(self, kinds: KindClassifier, shelf: Shelf) -> None:
        self._kinds = kinds
        self._shelf = shelf

    def route(self, exchanges: Sequence[Exchange]) -> Route:
        """Decide about the last question of a conversation.

        Raises:
            QuestionError: It is about a picture, and there is none.
        """
        last = exchanges[-1]
        verdict = self._kinds.judge(last.question, context_of(exchanges))
        kind = self._kind(verdict, last)
        if kind is Kind.MIXED and not last.has_sights and self._named(last.question):
            kind = Kind.GENERAL
        check_sights(kind, last)
        return Route(verdict, kind)

    def plan(
        self, route: Route, exchanges: Sequence[Exchange], look: Callable[[AnswerRecord], Part]
    ) -> Plan:
        """Return what makes the answer.

        Args:
            route: How it is answered.
            exchanges: The conversation up to the question.
            look: Makes the part that is about the picture.
        """

        def parts(record: AnswerRecord) -> Part:
            if route.kind in _LOOKING:
                yield from look(record)
            finding = record.written_by(Author.BRIDGE, Author.TALKER)
            yield from self.parts(route, exchanges, finding)

        return parts

    def parts(self, route: Route, exchanges: Sequence[Exchange], finding: str = "") -> Part:
        """Yield every part of an answer that needs no picture.

        Args:
            route: How it is answered.
            exchanges: The conversation up to the question.
            finding: What was said about the picture.
        """
        question = exchanges[-1].question
        if route.kind is Kind.GENERAL:
            yield from self._general(question)
        elif route.kind is Kind.MIXED:
            yield from self._passage(question, finding)
        elif route.kind is not Kind.PICTURE:
            yield from fixed(_fixed_answer(route, exchanges))

    def _kind(self, verdict: Verdict, last: Exchange) -> Kind | None:
        chances, is_sure = verdict.chances, verdict.confidence >= SURE
        if is_sure and verdict.kind in _LOOKING:
            return verdict.kind
        may_look = sum(chances[kind] for kind in _LOOKING) >= _MAY_LOOK
        is_open = not is_sure or (last.brings_sights and may_look)
        if not is_open:
            return verdict.kind
        may_be_general = chances[Kind.GENERAL] + chances[Kind.MIXED] >= chances[Kind.FOREIGN]
        looks_first = last.brings_sights and verdict.kind in _LOOKING
        if may_be_general and not looks_first and self._named(last.question):
            return Kind.GENERAL
        return Kind.PICTURE if last.brings_sights else None

    def _general(self, question: str) -> Part:
        if hit := self._shelf.answer(question):
            yield from quotation(hit.entry)
        else:
            yield from fixed(repertoire.NOTHING_FITS + self._nearest(question))

    def _nearest(self, question: str) -> str:
        near = [hit.entry.title for hit in self._shelf.find(question, 3) if hit.score >= _NEAR]
        titles = ", ".join(f"“{title}”" for title in near)
        return f" {repertoire.NEAREST.format(titles=titles)}" if near else ""

    def _passage(self, question: str, finding: str) -> Part:
        if entry := self._fitting(question, finding):
            yield from fixed(repertoire.IF_SO)
            yield from quotation(entry)
        else:
            yield from fixed(repertoire.NO_PASSAGE)

    def _fitting(self, question: str, finding: str) -> Entry | None:
        """Return the entry that a question names, or else the one on what was found."""
        if named := self._named(question):
            return named
        found = self._shelf.answer(finding)
        return found.entry if found else None

    def _named(self, question: str) -> Entry | None:
        """Return the entry that a question calls by its whole name.

        "What does this cell do" shares words with many entries and asks about none of them.
        """
        hit = self._shelf.answer(question)
        return hit.entry if hit and hit.traits["complete"] >= _NAMED else None


def picture_only(exchanges: Sequence[Exchange]) -> Route:
    """Take the last question to be about the picture.

    Raises:
        QuestionError: There is none.
    """
    check_sights(Kind.PICTURE, exchanges[-1])
    return Route(None, Kind.PICTURE)


def context_of(exchanges: Sequence[Exchange]) -> Context:
    """Return what else is known when a question is asked."""
    last = exchanges[-1]
    return Context(last.has_sights, last.brings_sights, len(exchanges) > 1)


def check_sights(kind: Kind | None, last: Exchange) -> None:
    """Make sure that a question about a picture has one.

    Raises:
        QuestionError: It has none.
    """
    if kind in _LOOKING and not last.has_sights:
        raise QuestionError(repertoire.ADD_A_PICTURE)


def _fixed_answer(route: Route, exchanges: Sequence[Exchange]) -> str:
    assert route.verdict is not None
    topic = route.verdict.topic
    if route.kind is Kind.CONVERSATION:
        return recalled(topic, exchanges[:-1])
    if route.kind is Kind.TOOL:
        return repertoire.about_tool(topic)
    if route.kind is Kind.FOREIGN:
        return repertoire.declined(topic)
    likeliest, following, *_ = route.verdict.ordered
    return repertoire.unsure(likeliest, following)
