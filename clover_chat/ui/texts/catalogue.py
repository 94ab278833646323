"""What the page says, by its English words, and how that reads in the browser's language.

English is the key: a text that nobody has translated stays English. Words in braces stand for what
changes. Gradio translates the labels of its own components, a small script everything else.
"""

import json
import tomllib
from functools import cache
from pathlib import Path

import gradio as gr
from gradio.i18n import I18nData

from clover_chat.ui import look

LANGUAGES = ("en", "de", "zh")
CATALOGUE_PATH = Path(__file__).parent / "catalogue.toml"

Texts = dict[str, str]
"""Translations by their English words."""


@cache
def texts(language: str) -> Texts:
    """Return the texts in one of the languages; in English each is itself."""
    entries = tomllib.loads(CATALOGUE_PATH.read_text(encoding="utf-8"))
    if language == "en":
        return {english: english for english in entries}
    return {english: entry[language] for english, entry in entries.items()}


def for_components() -> gr.I18n:
    """Return the texts as Gradio takes them; it asks for "zh-CN" by that name."""
    return gr.I18n(**{each: texts(each) for each in LANGUAGES}, **{"zh-CN": texts("zh")})


def text(english: str) -> I18nData:
    """Return a text of a component, to be translated in the browser.

    Raises:
        KeyError: The catalogue does not hold it.
    """
    return for_components()(texts("en")[english])


def component() -> gr.HTML:
    """Return what translates the page, which nobody sees."""
    return gr.HTML("<i></i>", elem_id="texts", js_on_load=script())


@cache
def script() -> str:
    """Return the script that translates what Gradio does not, with the texts in it."""
    known = json.dumps({each: texts(each) for each in LANGUAGES[1:]}, ensure_ascii=False)
    return look.script("texts.js").replace("/* the catalogue */ {}", known.replace("</", "<\\/"))
