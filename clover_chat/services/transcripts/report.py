"""The branch on screen as one HTML file that asks nobody for anything."""

from html import escape
from pathlib import Path
from string import Template

from clover_chat.services.transcripts.captions import patch_caption, region_caption
from clover_chat.services.transcripts.figures import FigureFiles
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

TEMPLATE_PATH = Path(__file__).with_name("report.html")


def to_html(transcript: Transcript, figures: FigureFiles) -> str:
    """Return the branch on screen with its pictures; regions carry a scale bar."""
    branch = transcript.branch
    models = ", ".join(dict.fromkeys(entry.model for entry in branch if entry.model))
    facts = {
        "Exported": day_of(transcript.exported_at),
        "Begun": day_of(branch[0].written_at) if branch else "",
        "Model and bridge": models,
    }
    sections = (
        _question(entry, figures) if entry.view.role is Role.USER else _answer(entry)
        for entry in branch
    )
    return Template(TEMPLATE_PATH.read_text(encoding="utf-8")).substitute(
        title=escape(transcript.title),
        notice=escape(RESEARCH_USE),
        facts="".join(_fact(name, fact) for name, fact in facts.items() if fact),
        sections="".join(sections),
    )


def _fact(name: str, fact: str) -> str:
    return f"<dt>{escape(name)}</dt><dd>{escape(fact)}</dd>"


def _question(entry: Entry, figures: FigureFiles) -> str:
    view = entry.view
    shown = [(figures.shown_patch(each), patch_caption(each)) for each in view.patches]
    shown += [(figures.shown_region(each), region_caption(each)) for each in view.regions]
    pictures = "".join(_figure(*each) for each in shown)
    return (
        f'<section class="question"><h2>Question <time>{day_of(entry.written_at)}</time></h2>'
        f"{pictures}{_paragraphs(view.content)}</section>"
    )


def _figure(address: str, caption: str) -> str:
    words = escape(caption)
    picture = f'<img src="{address}" alt="{words}">' if address else ""
    return f"<figure>{picture}<figcaption>{words}</figcaption></figure>"


def _answer(entry: Entry) -> str:
    parts = "".join(_part(part, entry) for part in parts_of(entry))
    note = f'<p class="note">{escape(told)}</p>' if (told := note_of(entry)) else ""
    return f'<section class="answer"><h2>Answer</h2>{parts}{note}</section>'


def _part(part: PartView, entry: Entry) -> str:
    element = "blockquote" if part.quoted else "div"
    kind = Author.SHELF.value if part.quoted else part.author.value
    cut = f'<p class="note">Cut back: {escape(part.cut_reason)}</p>' if part.cut_reason else ""
    return (
        f'<{element} class="part {kind}">{_paragraphs(part.text)}{cut}'
        f'<p class="author">{escape(written_by(part, entry))}</p></{element}>'
    )


def _paragraphs(text: str) -> str:
    """Return text as paragraphs that show it as it was written."""
    blocks = (block for block in text.split("\n\n") if block.strip())
    return "".join(f"<p>{'<br>'.join(map(escape, each.splitlines()))}</p>" for each in blocks)
