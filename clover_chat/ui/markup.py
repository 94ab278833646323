"""Text that somebody wrote, as HTML."""

from html import escape

TIMES = "\u00d7"
"""Between width and height, and after a magnification."""

_TEMPLATE_SIGNS = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})


def plain(text: str) -> str:
    """Return text as HTML that shows it literally, in a Gradio template too."""
    return escape(text).translate(_TEMPLATE_SIGNS)
