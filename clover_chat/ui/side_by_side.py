"""The panel in which two answers stand side by side, as HTML."""

from collections.abc import Sequence

from clover_chat.services.comparing import ComparisonView, SideView
from clover_chat.types import Choice, Sampling
from clover_chat.ui.answers import Progress
from clover_chat.ui.markup import plain
from clover_chat.ui.render import DOTS

AT_WORK = "the bridge at work"
CHOICES = {
    Choice.LEFT: "Left is better",
    Choice.RIGHT: "Right is better",
    Choice.BOTH_GOOD: "Both are good",
    Choice.BOTH_BAD: "Both are bad",
}
CHOSEN = {
    Choice.LEFT: "The left answer is better.",
    Choice.RIGHT: "The right answer is better.",
    Choice.BOTH_GOOD: "Both answers are good.",
    Choice.BOTH_BAD: "Both answers are bad.",
}
_CLOSE = (
    '<button type="button" data-do="close" class="is-close" aria-label="Close" title="Close">'
    "</button>"
)


def form(bridges: Sequence[str]) -> str:
    """Return what is asked before two answers are written.

    Args:
        bridges: Names of bridges besides the one at work.
    """
    sides = _side("left", bridges, 0.0, 0) + _side("right", bridges, 0.8, 1)
    return _panel(
        "Ask once, read two answers, and choose.",
        f'<div class="clover-sides">{sides}</div>'
        '<label class="clover-blind"><input type="checkbox" data-blind checked> Hide which is '
        "which until I have chosen; left and right are drawn by lot.</label>",
        '<span class="clover-hint">About the question in the field below, or the last one again.'
        '</span><button type="button" data-do="contest" class="is-main">Write both</button>',
    )


def writing(left: Progress, right: Progress | None, names: tuple[str, str] | None) -> str:
    """Return two answers as far as they are."""
    texts = [_words(left), _words(right) if right else '<p class="clover-hint">Follows.</p>']
    titles = names or ("Left", "Right")
    columns = "".join(map(_column, titles, texts))
    return _panel("Two answers are being written, one after the other.", _pair(columns), close="")


def open_one(view: ComparisonView) -> str:
    """Return two answers that wait for a choice."""
    buttons = "".join(
        f'<button type="button" data-choice="{choice}">{label}</button>'
        for choice, label in CHOICES.items()
    )
    return _panel("Which answer is better?", _pair(_both(view, is_told=not view.is_blind)), buttons)


def chosen(view: ComparisonView) -> str:
    """Return two answers and which was chosen, with who wrote them."""
    return _panel(CHOSEN[view.choice], _pair(_both(view, is_told=True)))


def _panel(title: str, body: str, foot: str = "", close: str = _CLOSE) -> str:
    footer = f"<footer>{foot}</footer>" if foot else ""
    return (
        '<section class="clover-comparing" aria-label="Compare two answers">'
        f"<header><p><b>{title}</b></p>{close}</header>{body}{footer}</section>"
    )


def _pair(columns: str) -> str:
    return f'<div class="clover-pair">{columns}</div>'


def _both(view: ComparisonView, *, is_told: bool) -> str:
    return _told("Left", view.left, is_told=is_told) + _told("Right", view.right, is_told=is_told)


def _told(title: str, side: SideView, *, is_told: bool) -> str:
    name = f"{title}: {side.origin}" if is_told and side.origin else title
    return _column(name, _paragraphs(side.words))


def _column(title: str, body: str) -> str:
    return f"<article><h3>{plain(title)}</h3>{body}</article>"


def _words(progress: Progress) -> str:
    text = "\n\n".join(part.text for part in progress.parts if part.text)
    return _paragraphs(text) if text else f"<p>{DOTS}</p>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{plain(each)}</p>" for each in text.split("\n") if each.strip())


def _side(name: str, bridges: Sequence[str], temperature: float, seed: int) -> str:
    options = "".join(f'<option value="{plain(each)}">{plain(each)}</option>' for each in bridges)
    start = temperature if not bridges else Sampling().temperature
    return (
        f'<fieldset data-side="{name}"><legend>{"One" if name == "left" else "The other"}</legend>'
        f'<label>Bridge <select data-bridge><option value="">{AT_WORK}</option>{options}</select>'
        "</label>"
        f'<label>Temperature <input type="number" data-temperature min="0" max="1.5" step="0.05" '
        f'value="{start:g}"></label>'
        f'<label>Seed <input type="number" data-seed min="0" step="1" value="{seed}"></label>'
        "</fieldset>"
    )
