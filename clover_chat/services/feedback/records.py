"""A judged answer as it leaves the server: scrubbed words, pseudonyms and content hashes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from clover_chat.services.branches import (
    Exchange,
    branch_to,
    exchanges_of,
    looked_at,
    written_by_a_model,
)
from clover_chat.services.feedback.pseudonyms import Pseudonyms
from clover_chat.services.feedback.scrubbing import Scrubber
from clover_chat.storage.tables import Judgment, Message
from clover_chat.types import Ending, Role, Thumb


@dataclass(frozen=True)
class Sight:
    """Something that a question is about: a patch, or a region of a slide.

    Attributes:
        source: SHA-256 of the patch's pixels, or the slide's id; what a split goes by.
        box: Level-0 rectangle of a region; None for a patch.
    """

    source: str
    box: tuple[int, int, int, int] | None = None

    @property
    def group(self) -> str:
        """The slide, or the pixels of a patch."""
        return f"{'slide' if self.box else 'image'} {self.source}"


@dataclass(frozen=True)
class Turn:
    """A question with the sights it brought, and what a model answered.

    Attributes:
        question: The text.
        answer: What a model wrote of the answer.
        sights: What came with the question itself.
    """

    question: str
    answer: str
    sights: tuple[Sight, ...] = ()


@dataclass(frozen=True)
class Record:
    """A judgment with everything that it is about.

    Attributes:
        id: Stands for the judgment.
        person: Stands for who judged.
        judged_on: Day, in UTC.
        turns: The conversation up to the judged answer, which is the last one's.
        sights: What the judged answer is about, brought by an earlier question perhaps.
        whole_answer: What the person read, quotations and fixed words included.
        is_complete: Whether the answer came to its end.
        authors: Who wrote the answer.
        kind: What the question was taken for, None where unknown.
        preset: Which model answered; None where no bridge was asked, like the next two.
        bridge_version: Version of the bridge.
        bridge_hash: SHA-256 of the bridge.
        verdict: The thumb.
        reasons: What is wrong.
        comment: Free text.
        correction: What should have been said; empty where nothing was corrected.
        is_reviewed: Checked, and good enough to be learnt word for word.
        rejected: Other answers to the same question that are liked less.
        scrubbed: How much was taken out of the texts, by kind.
        compared: What was chosen where it stood beside another answer; empty for a judgment.
    """

    id: str
    person: str
    judged_on: str
    turns: tuple[Turn, ...]
    sights: tuple[Sight, ...]
    whole_answer: str
    is_complete: bool
    authors: tuple[str, ...]
    kind: str | None
    preset: str | None
    bridge_version: str | None
    bridge_hash: str | None
    verdict: str
    reasons: tuple[str, ...] = ()
    comment: str = ""
    correction: str = ""
    is_reviewed: bool = False
    rejected: tuple[str, ...] = ()
    scrubbed: Mapping[str, int] = field(default_factory=dict)
    compared: str = ""

    @property
    def question(self) -> str:
        """The question that the judged answer follows."""
        return self.turns[-1].question

    @property
    def answer(self) -> str:
        """What a model wrote of the judged answer, empty where that is nothing."""
        return self.turns[-1].answer

    @property
    def all_sights(self) -> tuple[Sight, ...]:
        """What the conversation has shown, each once, in order."""
        return tuple(dict.fromkeys(sight for turn in self.turns for sight in turn.sights))

    @property
    def groups(self) -> tuple[str, ...]:
        """What must never be on both sides of a split; the first question where nothing is shown.

        Patches count by their pixels and regions by their slide.
        """
        shown = tuple(dict.fromkeys(sight.group for sight in self.all_sights))
        return shown or (f"text {self.turns[0].question}",)

    def to_json(self) -> str:
        """Return the record as one line."""
        return _JSON.dump_json(self).decode()

    @classmethod
    def from_json(cls, line: str) -> "Record":
        """Return what `to_json` wrote."""
        return _JSON.validate_json(line)


_JSON = TypeAdapter(Record)


def record_of(
    judgment: Judgment,
    messages: Sequence[Message],
    judged: Mapping[int, Judgment],
    pseudonyms: Pseudonyms,
    beside: Collection[int] = (),
) -> Record:
    """Return a judgment with everything that it is about.

    Args:
        judgment: The judgment.
        messages: All messages of the conversation, oldest first.
        judged: What the same person thinks of other answers of it.
        pseudonyms: Make the names that stand for persons and rows.
        beside: Answers that were put side by side: no second one was asked for out of discontent.
    """
    branch = branch_to(messages, judgment.message_id)
    answer = branch[-1]
    scrub = Scrubber()
    turns, last = _turns(branch, scrub)
    generation = answer.generation
    return Record(
        id=pseudonyms.of("judgment", judgment.id),
        person=pseudonyms.of("person", judgment.owner),
        judged_on=judgment.created_at.date().isoformat(),
        turns=turns,
        sights=_seen(last),
        whole_answer=scrub(answer.content),
        is_complete=answer.status is Ending.COMPLETE,
        authors=tuple(dict.fromkeys(part.author.value for part in answer.parts)),
        kind=generation.kind.value if generation and generation.kind else None,
        preset=generation.preset if generation else None,
        bridge_version=generation.bridge_version if generation else None,
        bridge_hash=generation.bridge_hash if generation else None,
        verdict=judgment.verdict.value,
        reasons=tuple(judgment.reasons),
        comment=scrub(judgment.comment),
        correction=scrub(judgment.correction),
        is_reviewed=judgment.is_reviewed,
        rejected=tuple(
            scrub(text) for text in _liked_less(judgment, answer, messages, judged, beside)
        ),
        scrubbed=dict(sorted(scrub.counts.items())),
    )


def _turns(branch: Sequence[Message], scrub: Scrubber) -> tuple[tuple[Turn, ...], Exchange]:
    """Return the turns that a model was told, the judged one last, with the words scrubbed."""
    *before, answer = branch
    exchanges = looked_at(exchanges_of(before))
    told = [
        Turn(
            scrub(each.question),
            scrub(each.answer or ""),
            _seen(each) if each.brings_sights else (),
        )
        for each in exchanges
    ]
    question = told.pop().question
    shown = next((turn.sights for turn in reversed(told) if turn.sights), ())
    seen = _seen(exchanges[-1])
    sights = seen if exchanges[-1].brings_sights or seen != shown else ()
    judged = Turn(question, scrub(written_by_a_model(answer).strip()), sights)
    return (*told, judged), exchanges[-1]


def _seen(exchange: Exchange) -> tuple[Sight, ...]:
    patches = (Sight(key) for key in exchange.patch_keys)
    regions = (
        Sight(slide_id, (box.x, box.y, box.width, box.height)) for slide_id, box in exchange.places
    )
    return (*patches, *regions)


def _liked_less(
    judgment: Judgment,
    answer: Message,
    messages: Iterable[Message],
    judged: Mapping[int, Judgment],
    beside: Collection[int],
) -> list[str]:
    """Return other answers to the same question that a liked one is preferred to.

    Those are answers with a thumb down, and earlier ones that went unjudged: somebody asked again.
    """
    if judgment.verdict is not Thumb.UP:
        return []
    return [
        written_by_a_model(other).strip()
        for other in messages
        if other.parent_id == answer.parent_id
        and other.id != answer.id
        and other.role is Role.ASSISTANT
        and other.status is Ending.COMPLETE
        and _is_less(
            judged.get(other.id), was_not_enough=other.id < answer.id and other.id not in beside
        )
    ]


def _is_less(judgment: Judgment | None, *, was_not_enough: bool) -> bool:
    return was_not_enough if judgment is None else judgment.verdict is Thumb.DOWN
