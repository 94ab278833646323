"""Everything this program says in its own fixed words; nothing here depends on a model."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from clover_chat.types import Kind

ADD_A_PICTURE = (
    "Add a patch first, or mark a region of a slide; the answer will be about what it shows. "
    "A general question of pathology needs no picture."
)
NOTHING_FITS = (
    "The reference shelf holds nothing that answers this well enough to be quoted, and nothing is "
    "made up here. It helps to name the stain, structure, disease or term in full; the shelf can "
    "also be browsed by topic."
)
NO_PASSAGE = "The reference shelf holds no passage that fits this closely enough to be quoted."
IF_SO = "If that is so, this passage of the reference shelf fits:"
NEAREST = "Entries that come near: {titles}."
UNSURE = (
    "It is not clear what this question is about: it may be {first}, or {second}. Put it in a few "
    "more words, or add the picture it is about, and ask again."
)
NOTHING_YET = "Nothing has been asked in this conversation before."

ABOUT: Mapping[Kind, str] = {
    Kind.PICTURE: "about what a picture shows",
    Kind.GENERAL: "about pathology in general",
    Kind.MIXED: "about a picture and what is known of such findings",
    Kind.CONVERSATION: "about this conversation",
    Kind.TOOL: "about this program",
    Kind.FOREIGN: "about something this program cannot help with",
}


def about_tool(topic: str) -> str:
    """Return what is said about this program."""
    return _texts()["tool"][topic]


def declined(topic: str) -> str:
    """Return why a question is not answered, and what would help."""
    return _texts()["foreign"][topic]


def unsure(likeliest: Kind, next_likeliest: Kind) -> str:
    """Return what is said where two kinds come into question."""
    return UNSURE.format(first=ABOUT[likeliest], second=ABOUT[next_likeliest])


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    path = Path(__file__).with_name("repertoire.toml")
    texts = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: {topic: " ".join(text.split()) for topic, text in topics.items()}
        for name, topics in texts.items()
    }
