"""Small pieces of HTML; whatever text comes in from outside is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape

from training.evaluation.intervals import Interval

DASH = "\u2013"
NOTHING = "\u2014"


def text(words: str) -> str:
    """Return text as HTML that shows it literally, in attributes too."""
    return escape(words, quote=True)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; on a phone each row becomes a list of its cells under their heads.

    Args:
        heads: Column heads, as text.
        rows: Cells, as HTML; the first names the row.
    """
    head = "".join(f'<th scope="col">{text(each)}</th>' for each in heads)
    body = "".join(_row(heads, row) for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(heads: Sequence[str], cells: Sequence[str]) -> str:
    rest = "".join(
        f'<td data-label="{text(head)}">{cell}</td>'
        for head, cell in zip(heads[1:], cells[1:], strict=True)
    )
    return f'<tr><th scope="row">{cells[0]}</th>{rest}</tr>'


def share(figure: Interval | None) -> str:
    """Return a share in percent with its interval, and a bar of both."""
    if figure is None:
        return NOTHING
    value, low, high = (f"{100 * each:.1f}" for each in (figure.value, figure.low, figure.high))
    bar = f'<i class="bar" style="--value:{value};--low:{low};--high:{high}"></i>'
    return f"<b>{value}</b> <small>{low} {DASH} {high}</small>{bar}"


def points(figure: Interval) -> str:
    """Return a difference in percentage points with its interval."""
    value, low, high = (f"{100 * each:+.1f}" for each in (figure.value, figure.low, figure.high))
    return f"<b>{value}</b> <small>{low} to {high}</small>"


def section(title: str, *parts: str) -> str:
    """Return a section under a heading; one that holds nothing is left out."""
    body = "".join(parts)
    return f"<section><h2>{text(title)}</h2>{body}</section>" if body else ""


def folded(title: str, body: str) -> str:
    """Return something to be opened by whoever wants to see it."""
    return f"<details><summary>{text(title)}</summary>{body}</details>" if body else ""


def paragraph(words: str) -> str:
    """Return a paragraph of text."""
    return f"<p>{text(words)}</p>"
