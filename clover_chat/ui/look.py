"""Colours, type, style sheet and the fixed HTML; nothing is loaded from another host."""

from base64 import b64encode
from functools import cache
from io import BytesIO
from pathlib import Path

import gradio as gr
from PIL import Image

from clover_chat.ui import samples
from clover_chat.ui.markup import plain

WEB_DIR = Path(__file__).parent / "web"
LOGO_PATH = WEB_DIR / "logo.svg"
HEAD_PATH = WEB_DIR / "head.html"
STYLES = (
    "page",
    "listing",
    "viewer",
    "judging",
    "files",
    "evidence",
    "access",
    "shortcuts",
    "comparing",
)
STYLE_PATHS = [WEB_DIR / f"{name}.css" for name in STYLES]
SANS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")
SAMPLE_SIDE = 296  # shown at half the size, sharp on fine screens
GREEN = gr.themes.Color(
    "#eff8f4", "#d9efe5", "#b5dfcd", "#86c8ae", "#56ab8b", "#37906f",
    "#277459", "#205d49", "#1c4a3c", "#183d32", "#0c221c",
)  # fmt: skip


def script(name: str) -> str:
    """Return a script of the page."""
    return (WEB_DIR / name).read_text(encoding="utf-8")


def theme() -> gr.themes.Base:
    """Return the colours and fonts; the system decides between light and dark."""
    return gr.themes.Base(
        primary_hue=GREEN,
        secondary_hue=GREEN,
        neutral_hue=gr.themes.colors.stone,
        font=SANS,
        font_mono=MONO,
        radius_size=gr.themes.sizes.radius_lg,
        text_size=gr.themes.sizes.text_md,
    )


def brand() -> str:
    """Return the name at the head of the side bar."""
    return f'<div class="clover-brand">{script("logo.svg")}<span>CLOVER Chat</span></div>'


def shelf_link() -> str:
    """Return the way to the reference shelf; a page of its own, so the conversation stays."""
    return '<a class="clover-shelf" href="shelf/" target="_blank">Reference shelf</a>'


@cache
def welcome() -> str:
    """Return what an empty page says, with the sample patch and the questions to try."""
    chips = "".join(
        f'<button type="button" data-place="{place}">{plain(question)}</button>'
        for place, question in enumerate(samples.QUESTIONS)
    )
    return (
        '<section class="clover-welcome"><div class="clover-without-slide">'
        "<h2>Ask about a histology patch</h2>"
        "<p>Drop, paste or choose one or more pictures below, and type your question; a general "
        "question of pathology needs none. Or begin with this patch:</p></div>"
        '<div class="clover-with-slide"><h2>Ask about this slide</h2>'
        "<p>A question is about what the viewer shows, or about a region that you draw.</p></div>"
        f'<div class="clover-sample"><img src="{_sample_picture()}" width="148" height="148" '
        'alt="Sample patch: colon, immunohistochemistry">'
        f'<div class="clover-chips">{chips}</div></div></section>'
    )


def _sample_picture() -> str:
    small = BytesIO()
    with Image.open(samples.patch_path()) as patch:
        patch.resize((SAMPLE_SIDE, SAMPLE_SIDE)).save(small, "WEBP", quality=82)
    return f"data:image/webp;base64,{b64encode(small.getvalue()).decode()}"
