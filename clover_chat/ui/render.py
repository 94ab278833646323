"""How things look: a conversation as chatbot messages, the model's state as HTML.

Pure functions from values to text. What a person wrote goes through `plain` before it becomes HTML;
messages are Markdown, which the chatbot sanitises.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import gradio as gr

from clover_chat.services.repertoire import ABOUT
from clover_chat.services.views import JudgmentView, MessageView, PartView
from clover_chat.types import Author, Ending, Kind, ModelState, Role, Stage, Thumb, Waiting
from clover_chat.ui.answers import Progress
from clover_chat.ui.markup import plain
from clover_chat.ui.pointing import card

ChatMessage = dict[str, Any]

NOTES = {
    Ending.STOPPED: "Stopped.",
    Ending.FAILED: "This answer could not be finished. Retry asks again.",
    Ending.INTERRUPTED: "The server went down while this answer was written. Retry asks again.",
}
DOTS = '<span class="clover-dots" role="img" aria-label="The model is thinking"></span>'
PLAINLY = 0.6
"""Chance from which on nobody need be told that a question was about its picture."""

_THUMBS = {Thumb.UP: "Like", Thumb.DOWN: "Dislike", Thumb.NONE: None}
BACK, FORWARD = "\u2039", "\u203a"


def conversation(
    history: Sequence[MessageView], progress: Progress | None = None, answer_id: int | None = None
) -> list[ChatMessage]:
    """Return the messages of a conversation.

    Args:
        history: The branch on screen.
        progress: How far an answer is that is being written.
        answer_id: Which answer that is.
    """
    taken_over = _taken_over(history)
    messages = [_message(view, taken_over.get(view.id, "")) for view in history]
    for view, message in zip(history, messages, strict=True):
        if progress is not None and view.id == answer_id:
            message["content"] = answer_text(progress)
    if messages:
        messages[-1]["options"] = versions(history)
    return messages


def shown(
    history: Sequence[MessageView], progress: Progress | None = None, answer_id: int | None = None
) -> dict[str, Any]:
    """Return a chatbot that shows a conversation, with the thumbs as set; see `conversation`."""
    thumbs = [_THUMBS[view.judgment.verdict] if view.judgment else None for view in history]
    answers = [
        each for each, view in zip(thumbs, history, strict=True) if view.role is not Role.USER
    ]
    return gr.update(value=conversation(history, progress, answer_id), feedback_value=answers)


def answer_text(progress: Progress) -> str:
    """Return what stands in the bubble of an answer that is being written."""
    text = "\n\n".join(_part(part) for part in progress.parts if part.text)
    if progress.problem:
        return f"{text}\n\n{_note(progress.problem)}"
    if progress.is_stopping:
        return f"{text}\n\n{_note('Stopping …')}"
    return text or _waiting(progress.waits_for)


def versions(history: Sequence[MessageView]) -> list[dict[str, str]]:
    """Return the switches between versions of the last question and of its answer."""
    names = {Role.USER: "Question", Role.ASSISTANT: "Answer"}
    switches: list[dict[str, str]] = []
    for view in history[-2:]:
        ids = view.sibling_ids
        if len(ids) > 1:
            here = ids.index(view.id)
            switches += [
                {"label": BACK, "value": str(ids[max(here - 1, 0)])},
                {"label": f"{names[view.role]} {here + 1} of {len(ids)}", "value": str(view.id)},
                {"label": FORWARD, "value": str(ids[min(here + 1, len(ids) - 1)])},
            ]
    return switches


def model_state(state: ModelState) -> str:
    """Return the small sign that says whether the model can answer."""
    words = {
        Stage.FETCHING: f"Fetching the model{_percent(state)}",
        Stage.LOADING: f"Loading the model{_percent(state)}",
        Stage.READY: "Ready",
        Stage.FAILED: "The model cannot be used",
    }[state.stage]
    width = round(100 * (state.fraction or 0))
    bar = f'<i style="width: {width}%"></i>' if state.fraction is not None else ""
    is_said = state.detail and state.stage in (Stage.READY, Stage.FAILED)
    detail = f"<small>{plain(state.detail)}</small>" if is_said else ""
    return (
        f'<div class="clover-state is-{state.stage}" role="status" title="{plain(state.detail)}">'
        f"<b></b><span>{words}</span>{detail}{bar}</div>"
    )


def _taken_over(history: Sequence[MessageView]) -> dict[int, str]:
    """Say of answers, by their id, where another bridge gave them than the answer before."""
    answered = [view for view in history if view.bridge_hash]
    return {
        view.id: f"From here on another bridge answers: {_bridge(view)}, not {_bridge(before)}."
        for before, view in pairwise(answered)
        if view.bridge_hash != before.bridge_hash
    }


def _bridge(view: MessageView) -> str:
    return f"{view.bridge_version} ({(view.bridge_hash or '')[:8]})"


def _message(view: MessageView, taken_over: str) -> ChatMessage:
    text = "\n\n".join(map(_part, view.parts)) or view.content
    if taken_over:
        text = f"{text}\n\n{_note(taken_over)}"
    if taken := _taken_for(view):
        text = f"{text}\n\n{_note(taken)}"
    if note := NOTES.get(view.status):
        text = f"{text}\n\n{_note(note)}".strip()
    if view.judgment and (words := _judged(view.judgment)):
        text = f"{text}\n\n{words}"
    pictures: list[Any] = [
        {
            "path": str(patch.shown_path),
            "alt_text": f"Patch, {patch.width} by {patch.height} pixels",
        }
        for patch in view.patches
    ]
    if view.regions:
        pictures.append(_regions(view))
    content: str | list[Any] = [*pictures, text] if pictures else text or DOTS
    return {"role": view.role.value, "content": content}


def _part(part: PartView) -> str:
    """Return a part of an answer as Markdown; only what a model wrote may bring its own."""
    if part.quoted is not None:
        return _quotation(part)
    if part.author is Author.FIXED:
        return f'<div class="clover-fixed">{_lines(part.text)}</div>'
    notes = [_note(f"Cut back: {part.cut_reason}")] if part.cut_reason else []
    if part.author is Author.TALKER:
        notes.append(_note("Written by a larger language model."))
    return "\n\n".join([part.text, *notes])


def _quotation(part: PartView) -> str:
    quoted = part.quoted
    assert quoted is not None
    return (
        f'<blockquote class="clover-quote"><p>{plain(part.text)}</p>'
        f'<p class="clover-source">Quoted from the reference shelf: '
        f'<a href="shelf/#{quote(quoted.entry_id)}">{plain(quoted.title)}</a>. '
        f"{plain(quoted.source)}</p></blockquote>"
    )


def _taken_for(view: MessageView) -> str:
    """Say what a question was taken for, unless it was plainly about its picture."""
    if view.kind is None or view.kind_confidence is None:
        return ""
    if view.kind is Kind.PICTURE and view.kind_confidence >= PLAINLY:
        return ""
    percent = 100 * view.kind_confidence
    sure = f"{percent:.0f}%" if percent < 99 else "over 99%"
    return f"Taken for a question {ABOUT[view.kind]} ({sure} sure)."


def _judged(judgment: JudgmentView) -> str:
    """Return what its reader said of an answer besides a thumb, empty where that is nothing."""
    said = (
        ("Your reasons", ", ".join(judgment.reasons)),
        ("Your correction", judgment.correction),
        ("Your comment", judgment.comment),
        ("You checked", "every word" if judgment.is_reviewed else ""),
        ("You pinned", "this case" if judgment.is_pinned else ""),
    )
    lines = "".join(f"<p><b>{title}:</b> {_lines(text)}</p>" for title, text in said if text)
    return f'<div class="clover-judged">{lines}</div>' if lines else ""


def _lines(text: str) -> str:
    return "<br>".join(map(plain, text.splitlines()))


def _regions(view: MessageView) -> gr.HTML:
    cards = "".join(card(region) for region in view.regions)
    return gr.HTML(f'<div class="clover-regions">{cards}</div>', js_on_load=None, render=False)


def _waiting(cause: ModelState | Waiting | None) -> str:
    if isinstance(cause, Waiting):
        place = (
            "You are next in line."
            if cause.place <= 1
            else f"You are number {cause.place} in line."
        )
        return f"{_note(place)} {DOTS}"
    if cause is not None and cause.stage is not Stage.READY:
        doing = "fetched" if cause.stage is Stage.FETCHING else "loaded"
        return (
            f"{_note(f'The model is being {doing}{_percent(cause)}; your answer follows.')} {DOTS}"
        )
    return DOTS


def _note(text: str) -> str:
    return f'<span class="clover-note">{plain(text)}</span>'


def _percent(state: ModelState) -> str:
    return "" if state.fraction is None else f", {round(100 * state.fraction)}%"
