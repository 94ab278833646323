"""What a conversation looks like from outside: plain values, no rows of a table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clover_chat.services.parts import PartEvent, Quoted
from clover_chat.services.regions import RegionView
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import AnswerPart, Generation, Judgment, Message, Region
from clover_chat.types import Author, Ending, Figures, Kind, Reason, Role, Thumb


@dataclass(frozen=True)
class PatchView:
    """A stored patch.

    Attributes:
        key: SHA-256 of its pixels; what a question refers to it by.
        path: The PNG file.
        width: In pixels.
        height: In pixels.
        shown_path: The file a page shows; small, where the patch is large.
    """

    key: str
    path: Path
    width: int
    height: int
    shown_path: Path


@dataclass(frozen=True)
class PartView:
    """A stretch of an answer by one author.

    Attributes:
        author: Who wrote it.
        text: The words; of a quotation, those of the entry.
        quoted: Where a quotation comes from, None where nothing is quoted.
        cut_reason: Why the part was cut back, None where it was not.
    """

    author: Author
    text: str
    quoted: Quoted | None = None
    cut_reason: str | None = None


@dataclass(frozen=True)
class JudgmentView:
    """What the person at the screen thinks of an answer.

    Attributes:
        verdict: As a whole.
        reasons: What is wrong with it; only where the thumb is down.
        comment: Anything else; may be empty.
        correction: What should have been said; empty where nothing was corrected.
        is_reviewed: It was checked, and may be learnt word for word; only where the thumb is up.
        is_pinned: Later models have to get it right; only where it is known what is right.
    """

    verdict: Thumb = Thumb.NONE
    reasons: tuple[Reason, ...] = ()
    comment: str = ""
    correction: str = ""
    is_reviewed: bool = False
    is_pinned: bool = False

    @property
    def says_what_is_right(self) -> bool:
        """Whether the answer is right, or was corrected."""
        return self.verdict is Thumb.UP or bool(self.correction)


@dataclass(frozen=True)
class MessageView:
    """A message of the branch on screen.

    Attributes:
        id: Names the message within the service.
        role: Who wrote it.
        content: The text; what was written so far, where the answer is unfinished.
        status: How it ended; questions are always complete.
        patches: The patches that came with a question.
        sibling_ids: The versions of this message, its own id included, oldest first.
        figures: What an answer cost; None for a question.
        bridge_version: Which bridge answered; None for a question or an answer never begun.
        regions: The regions of slides that came with a question.
        parts: Who wrote what of an answer; none for a question and for answers from before parts
            were kept.
        kind: What the question of an answer was taken for, None where that is not known.
        kind_confidence: How sure that was, 0 to 1.
        bridge_hash: SHA-256 of the bridge that answered, where one did.
        judgment: What its reader thinks of an answer, None where that is not known.
    """

    id: int
    role: Role
    content: str
    status: Ending
    patches: tuple[PatchView, ...]
    sibling_ids: tuple[int, ...]
    figures: Figures | None
    bridge_version: str | None
    regions: tuple[RegionView, ...] = ()
    parts: tuple[PartView, ...] = ()
    kind: Kind | None = None
    kind_confidence: float | None = None
    bridge_hash: str | None = None
    judgment: JudgmentView | None = None


@dataclass(frozen=True)
class Window:
    """The end of the branch on screen.

    Attributes:
        messages: From a question on; all of them where none is hidden.
        hidden_count: Messages before them.
    """

    messages: tuple[MessageView, ...] = ()
    hidden_count: int = 0

    @property
    def first_id(self) -> int | None:
        """The message that it begins with, None where there is none."""
        return self.messages[0].id if self.messages else None


@dataclass(frozen=True)
class ConversationView:
    """A line of the list of conversations."""

    id: str
    title: str
    updated_at: datetime
    is_pinned: bool = False
    is_archived: bool = False


@dataclass(frozen=True)
class Started:
    """The question is stored and its answer begun; what follows may be slow."""

    conversation_id: str
    question_id: int
    answer_id: int


Event = Started | PartEvent
"""What asking tells: that it began, then who writes, what is waited for and increments of text."""


def view_of(
    message: Message,
    sibling_ids: tuple[int, ...],
    images: ImageStore,
    region_view: Callable[[Region], RegionView],
    judgment: Judgment | None = None,
) -> MessageView:
    """Return what is to be seen of a stored message."""
    generation = message.generation
    return MessageView(
        id=message.id,
        role=message.role,
        content=message.content,
        status=message.status,
        patches=tuple(
            PatchView(
                shown.image_hash,
                images.path(shown.image_hash),
                shown.image.width,
                shown.image.height,
                images.shown_path(shown.image_hash),
            )
            for shown in message.shown
        ),
        sibling_ids=sibling_ids,
        figures=_figures_of(generation) if generation else None,
        bridge_version=generation.bridge_version if generation else None,
        regions=tuple(region_view(marked.region) for marked in message.marked),
        parts=tuple(map(_part_of, message.parts)),
        kind=generation.kind if generation else None,
        kind_confidence=generation.kind_confidence if generation else None,
        bridge_hash=generation.bridge_hash if generation else None,
        judgment=judgment_view(judgment) if judgment else None,
    )


def judgment_view(judgment: Judgment) -> JudgmentView:
    """Return what a stored judgment says."""
    return JudgmentView(
        judgment.verdict,
        tuple(map(Reason, judgment.reasons)),
        judgment.comment,
        judgment.correction,
        judgment.is_reviewed,
        judgment.is_pinned,
    )


def _part_of(part: AnswerPart) -> PartView:
    quoted = Quoted(part.entry_id, part.title or "", part.source or "") if part.entry_id else None
    return PartView(part.author, part.content, quoted, part.cut_reason)


def _figures_of(generation: Generation) -> Figures:
    return Figures(
        prompt_tokens=generation.prompt_tokens,
        answer_tokens=generation.answer_tokens,
        time_to_first_token_s=generation.time_to_first_token_s,
        tokens_per_s=generation.tokens_per_s,
    )
