"""Earlier messages of a long conversation, which are shown when somebody asks for them."""

import gradio as gr

from clover_chat.ui import look
from clover_chat.ui.desk import Desk

MORE_AT_ONCE = 40
"""Messages that one click brings."""


def component() -> gr.HTML:
    """Return the button above a conversation, hidden."""
    return gr.HTML(elem_id="earlier", js_on_load=look.script("earlier.js"))


def on_turn(desk: Desk) -> str:
    """Offer the messages before those on screen, where there are any."""
    if not desk.hidden_count:
        return ""
    return (
        '<button type="button" class="clover-earlier">'
        f"Show earlier messages ({desk.hidden_count})</button>"
    )
