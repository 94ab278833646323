"""What a screen reader is told besides what is seen: names, and that an answer is written.

Gradio would have every word of a growing answer read aloud; here its beginning and end are told.
"""

import gradio as gr

from clover_chat.ui import look

ANNOUNCER = (
    '<h1 class="clover-unseen">CLOVER Chat</h1>'
    '<div class="clover-unseen" role="status" aria-live="polite" data-announced></div>'
)


def component() -> gr.HTML:
    """Return the announcer, which nobody sees; it names parts of the page that Gradio does not."""
    return gr.HTML(ANNOUNCER, elem_id="announcer", js_on_load=look.script("access.js"))
