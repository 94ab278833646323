"""Sentences at the edge of the page, for what somebody can do something about."""

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from clover_chat.errors import CloverError
from clover_chat.ui.markup import plain


def warn(sentence: str) -> None:
    """Show a sentence at the edge of the page."""
    gr.Warning(plain(sentence), title="Please check", duration=12)


@contextmanager
def told_to_the_person() -> Iterator[None]:
    """Show an error that somebody can do something about as one sentence; the page goes on."""
    try:
        yield
    except CloverError as error:
        warn(str(error))
