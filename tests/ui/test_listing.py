from datetime import UTC, datetime
from typing import Any

from clover_chat.services.excerpts import Piece
from clover_chat.services.listing import Group, Listing
from clover_chat.services.searching import Found
from clover_chat.services.views import ConversationView
from clover_chat.ui.listing import Shown, listing, results

NASTY = '<img src=x onerror=alert(1)> ${7*7} {{#if 1}} `x` "quoted"'


def view(conversation_id: str, title: str, **states: Any) -> ConversationView:
    return ConversationView(conversation_id, title, datetime.now(UTC), **states)


def is_harmless(html: str) -> bool:
    return "<img" not in html and not any(sign in html for sign in "{}$`")


def test_a_title_cannot_become_html_or_a_template() -> None:
    html = listing(Listing((Group("Today", (view("c1", NASTY),)),)), Shown("c1", NASTY))
    assert is_harmless(html)
    assert html.count('aria-current="page"') == 1


def test_groups_states_and_the_archive_are_shown() -> None:
    groups = (
        Group("Pinned", (view("a", "A", is_pinned=True),)),
        Group("Today", (view("b", "B"),)),
    )
    archived = (view("c", "C", is_archived=True),)
    html = listing(Listing(groups, archived, archived_count=3, has_more=True), Shown("b", "B"))
    assert [html.index(words) for words in ("Pinned", "Today", "Show older", "Archived (3)")] == (
        sorted(html.index(words) for words in ("Pinned", "Today", "Show older", "Archived (3)"))
    )
    assert 'data-id="a" data-pinned>' in html
    assert 'data-id="c" data-kept>' in html
    assert "2 older ones are found by searching" in html
    assert "clover-undo" not in html


def test_a_deletion_can_be_undone_from_the_list() -> None:
    html = listing(Listing(), Shown(deleted_id="gone"))
    assert 'data-restore="gone"' in html
    assert 'role="status"' in html
    assert "Conversations are kept here." in html


def test_what_was_found_is_marked_and_harmless() -> None:
    found = Found(
        view("c1", NASTY, is_archived=True),
        (Piece("A "), Piece(NASTY, is_found=True)),
        (Piece("<b>"), Piece("colon", is_found=True)),
        7,
    )
    html = results("colon", [found])
    assert is_harmless(html)
    assert "<mark>colon</mark>" in html
    assert 'data-message="7"' in html
    assert "archived" in html


def test_no_query_shows_nothing_and_no_result_says_so() -> None:
    assert results("  ", []) == ""
    assert "Nothing found" in results("colon", [])
