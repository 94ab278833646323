"""The side bar's list of conversations as HTML: groups, rows, what was deleted, what was found."""

from collections.abc import Sequence
from dataclasses import dataclass

from clover_chat.services.excerpts import Piece
from clover_chat.services.listing import Listing
from clover_chat.services.searching import Found
from clover_chat.services.views import ConversationView
from clover_chat.ui.markup import plain

UNDO_S = 12
"""How long the page offers to undo a deletion, in seconds."""


@dataclass(frozen=True)
class Shown:
    """What a page shows besides the list.

    Attributes:
        conversation_id: Which conversation, None for an empty page.
        title: What that is called.
        person: Stands for who looks, so that drafts in one browser are kept apart.
        deleted_id: What was deleted a moment ago and can be brought back.
    """

    conversation_id: str | None = None
    title: str = ""
    person: str = ""
    deleted_id: str | None = None


def listing(found: Listing, shown: Shown) -> str:
    """Return the list of conversations, the one on screen marked."""
    parts = [_group(group.name, group.conversations, shown) for group in found.groups]
    if not found.groups and not found.archived:
        parts.append('<p class="clover-none">Conversations are kept here.</p>')
    if found.has_more:
        parts.append('<button type="button" class="clover-older">Show older ones</button>')
    if found.archived:
        parts.append(_archived(found, shown))
    if shown.deleted_id:
        parts.append(_undo(shown.deleted_id))
    return (
        f'<nav aria-label="Conversations" data-shown="{plain(shown.conversation_id or "")}" '
        f'data-title="{plain(shown.title)}" data-person="{plain(shown.person)}">'
        f"{''.join(parts)}</nav>"
    )


def results(query: str, found: Sequence[Found]) -> str:
    """Return what a search found, with the words that fit marked; nothing for no search."""
    if not query.strip():
        return ""
    rows = "".join(map(_result, found))
    count = f"{len(found)} found" if found else "Nothing found"
    return (
        f'<section class="clover-results" aria-label="Found conversations">'
        f'<p class="clover-none" role="status">{count}</p>'
        f'<ul role="list">{rows}</ul></section>'
    )


def _group(name: str, views: Sequence[ConversationView], shown: Shown) -> str:
    rows = "".join(_row(view, shown) for view in views)
    return f'<section><h3>{plain(name)}</h3><ul role="list">{rows}</ul></section>'


def _archived(found: Listing, shown: Shown) -> str:
    rows = "".join(_row(view, shown) for view in found.archived)
    left = found.archived_count - len(found.archived)
    rest = f'<p class="clover-none">{left} older ones are found by searching.</p>' if left else ""
    return (
        f'<details class="clover-archived"><summary>Archived ({found.archived_count})</summary>'
        f'<ul role="list">{rows}</ul>{rest}</details>'
    )


def _row(view: ConversationView, shown: Shown) -> str:
    current = ' aria-current="page"' if view.id == shown.conversation_id else ""
    states = f"{' data-pinned' if view.is_pinned else ''}{' data-kept' if view.is_archived else ''}"
    title = plain(view.title)
    return (
        f'<li class="clover-row" data-id="{plain(view.id)}"{states}{current}>'
        f'<button type="button" data-open title="{title}">{title}</button>'
        f'<button type="button" class="clover-more" aria-haspopup="menu" aria-expanded="false" '
        f'aria-label="More for {title}" title="More"></button></li>'
    )


def _undo(conversation_id: str) -> str:
    return (
        f'<div class="clover-undo" role="status" data-seconds="{UNDO_S}"><span>Deleted.</span>'
        f'<button type="button" data-restore="{plain(conversation_id)}">Undo</button></div>'
    )


def _result(found: Found) -> str:
    place = "" if found.message_id is None else f' data-message="{found.message_id}"'
    excerpt = f"<small>{_pieces(found.excerpt)}</small>" if found.excerpt else ""
    apart = " <em>archived</em>" if found.conversation.is_archived else ""
    return (
        f'<li><button type="button" data-found="{plain(found.conversation.id)}"{place}>'
        f"<span>{_pieces(found.title)}{apart}</span>{excerpt}</button></li>"
    )


def _pieces(pieces: Sequence[Piece]) -> str:
    return "".join(
        f"<mark>{plain(piece.text)}</mark>" if piece.is_found else plain(piece.text)
        for piece in pieces
    )
