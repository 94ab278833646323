"""The keyboard: one table, from which come what the keys do, the sheet of them and the README's.

A key of `PAGE` acts wherever nobody types; those of a slide act while the viewer has the focus, and
win there (`web/viewer/keys.js`). Keys without a modifier can be turned off in the sheet.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from clover_chat.ui import look
from clover_chat.ui.markup import plain


@dataclass(frozen=True)
class Shortcut:
    """A line of the table.

    Attributes:
        shown: The keys as a person calls them.
        does: What they do.
        actions: What the page's script does, by the key as browsers name it; none where another
            script listens.
    """

    shown: str
    does: str
    actions: tuple[tuple[str, str], ...] = ()


QUESTION = (
    Shortcut("Enter", "send the question"),
    Shortcut("Shift + Enter", "new line"),
)
PAGE = (
    Shortcut("Esc", "stop the answer", (("Escape", "stop"),)),
    Shortcut("N", "new conversation", (("n", "begin"),)),
    Shortcut("/", "search the conversations", (("/", "search"),)),
    Shortcut("J, K", "next and previous conversation", (("j", "next"), ("k", "previous"))),
    Shortcut("C, V", "to the question, to the slide", (("c", "compose"), ("v", "view"))),
    Shortcut("G, W", "the last answer is right, is wrong", (("g", "praise"), ("w", "blame"))),
    Shortcut("E", "correct the last answer", (("e", "correct"),)),
    Shortcut("?", "show these keys", (("?", "help"),)),
)
SLIDE = (
    Shortcut("arrows, + and \u2212, 0", "pan, closer and further away, the whole slide"),
    Shortcut("1 to 6", "1.25\u00d7, 2.5\u00d7, 5\u00d7, 10\u00d7, 20\u00d7, 40\u00d7"),
    Shortcut("R, Shift + R, F, Shift + F", "turn right and left, mirror, full screen"),
    Shortcut("D", "draw a region, from anywhere", (("d", "draw"),)),
    Shortcut("A, B, T, Esc", "ask about the view, bookmark it, show the tissue, let go"),
)
GROUPS = {
    "In the question": QUESTION,
    "Anywhere, while nobody types": PAGE,
    "On a slide": SLIDE,
}


def actions() -> dict[str, str]:
    """Return what the page's script does, by key."""
    return dict(pair for each in (*PAGE, *SLIDE) for pair in each.actions)


def markdown_table() -> str:
    """Return the table as the README shows it."""
    rows = [
        f"| {title.lower()} | {each.shown} | {each.does} |"
        for title, shortcuts in GROUPS.items()
        for each in shortcuts
    ]
    return "\n".join(["| where | key | does |", "|---|---|---|", *rows])


def component() -> gr.HTML:
    """Return the button that opens the sheet, and the sheet, closed."""
    groups = "".join(_group(title, shortcuts) for title, shortcuts in GROUPS.items())
    known = plain(json.dumps(actions()))
    sheet = (
        f'<dialog class="clover-keys" aria-labelledby="keys-title" data-actions="{known}">'
        '<form method="dialog"><h2 id="keys-title">Keys</h2>'
        '<button class="clover-keys-close" aria-label="Close" title="Close"></button></form>'
        f'<div class="clover-keys-groups">{groups}</div>'
        '<label class="clover-keys-switch"><input type="checkbox" data-keys checked> '
        "Single keys act; Enter and Esc always do.</label></dialog>"
    )
    button = (
        '<button type="button" class="clover-keys-button" aria-haspopup="dialog" '
        'aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">?</button>'
    )
    return gr.HTML(button + sheet, elem_id="keys", js_on_load=look.script("shortcuts.js"))


def _group(title: str, shortcuts: Sequence[Shortcut]) -> str:
    rows = "".join(
        f'<tr><th scope="row"><kbd>{plain(each.shown)}</kbd></th><td>{plain(each.does)}</td></tr>'
        for each in shortcuts
    )
    return f"<table><caption>{title}</caption><tbody>{rows}</tbody></table>"
