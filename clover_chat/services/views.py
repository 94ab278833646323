"""What a conversation looks like from outside: plain values, no rows of a table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clover_chat.services.regions import RegionView
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import Generation, Message, Region
from clover_chat.types import Ending, Figures, ModelState, Role, Waiting


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


@dataclass(frozen=True)
class ConversationView:
    """A line of the list of conversations."""

    id: str
    title: str
    updated_at: datetime


@dataclass(frozen=True)
class Started:
    """The question is stored and its answer begun; what follows may be slow."""

    conversation_id: str
    question_id: int
    answer_id: int


Event = Started | ModelState | Waiting | str
"""What asking tells: that it began, what it waits for, then increments of the answer."""


def view_of(
    message: Message,
    sibling_ids: tuple[int, ...],
    images: ImageStore,
    region_view: Callable[[Region], RegionView],
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
    )


def _figures_of(generation: Generation) -> Figures:
    return Figures(
        prompt_tokens=generation.prompt_tokens,
        answer_tokens=generation.answer_tokens,
        time_to_first_token_s=generation.time_to_first_token_s,
        tokens_per_s=generation.tokens_per_s,
    )
