"""The branch on screen as Markdown, to be read or pasted elsewhere."""

import re

from clover_chat.services.transcripts.captions import patch_caption, region_caption
from clover_chat.services.transcripts.transcript import (
    RESEARCH_USE,
    Entry,
    Transcript,
    day_of,
    note_of,
    parts_of,
    written_by,
)
from clover_chat.services.views import PartView
from clover_chat.types import Author, Role

_SIGNS = re.compile(r"([\\`*_\[\]<>#|~])")
_STARTS = re.compile(r"^(\s*)([-+]|\d+[.)])(\s)", re.MULTILINE)


def to_markdown(transcript: Transcript) -> str:
    """Return the branch on screen as Markdown; pictures are told by their sizes and places."""
    blocks = [
        f"# {_literal(transcript.title)}",
        f"CLOVER Chat, exported {day_of(transcript.exported_at)}. **{RESEARCH_USE}**",
    ]
    for entry in transcript.branch:
        blocks += _question(entry) if entry.view.role is Role.USER else _answer(entry)
    return "\n\n".join(blocks) + "\n"


def _question(entry: Entry) -> list[str]:
    view = entry.view
    captions = [*map(patch_caption, view.patches), *map(region_caption, view.regions)]
    pictures = ["\n".join(f"- {_literal(each)}" for each in captions)] if captions else []
    heading = f"## Question, {day_of(entry.written_at)}"
    return [heading, *pictures, _quote(_literal(view.content))]


def _answer(entry: Entry) -> list[str]:
    blocks = ["### Answer"]
    for part in parts_of(entry):
        blocks += _part(part, entry)
    if note := note_of(entry):
        blocks.append(f"*{note}*")
    return blocks


def _part(part: PartView, entry: Entry) -> list[str]:
    is_markdown = part.author in (Author.BRIDGE, Author.TALKER)
    text = part.text if is_markdown else _literal(part.text)
    said = [_quote(text) if part.quoted else text] if text else []
    cut = [f"*Cut back: {_literal(part.cut_reason)}*"] if part.cut_reason else []
    return [*said, *cut, f"*{_literal(written_by(part, entry))}*"]


def _literal(text: str) -> str:
    """Return text so that Markdown shows it as it was written."""
    return _STARTS.sub(r"\1\\\2\3", _SIGNS.sub(r"\\\1", text))


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
