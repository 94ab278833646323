"""The panel in which somebody judges an answer, and the words on consent, as HTML.

Pure functions from values to text. What is written into the panel is kept by its script until it is
sent, so it may be rendered afresh at any time.
"""

from clover_chat.services.judging import JudgedAnswer
from clover_chat.services.titles import title_of
from clover_chat.services.views import JudgmentView
from clover_chat.types import Reason, Thumb
from clover_chat.ui.markup import plain

TITLES = {
    Thumb.UP: "You find this answer right.",
    Thumb.DOWN: "What is wrong with this answer?",
    Thumb.NONE: "What do you think of this answer?",
}
_CLOSE = '<button type="button" data-do="close" aria-label="Close" title="Close"></button>'


def panel(answer: JudgedAnswer, *, is_correcting: bool = False, said: str = "") -> str:
    """Return the panel, open on an answer.

    Args:
        answer: The answer with its judgment.
        is_correcting: Whether the answer lies open for editing at once.
        said: What just happened, in a sentence.
    """
    judgment = answer.judgment
    return (
        f'<section class="clover-judging" data-answer="{answer.answer_id}" '
        f'data-verdict="{judgment.verdict}" aria-label="Your judgment of an answer">'
        f"<header><p><b>{said or TITLES[judgment.verdict]}</b> "
        f"<q>{plain(title_of(answer.words))}</q></p>"
        f"{_CLOSE}</header>{_asked(judgment)}"
        f"{_field('correction', 'Correct this answer', answer, is_open=is_correcting)}"
        f"{_field('comment', 'Add a comment', answer)}{_pin(judgment)}"
        f"<footer>{consent(answer.may_be_used)}{_buttons(answer)}</footer></section>"
    )


def kept() -> str:
    """Return what is left of the panel when a first judgment is kept: may it be used?"""
    return (
        '<section class="clover-judging" aria-label="Your judgment of an answer">'
        f"<header><p><b>Kept.</b></p>{_CLOSE}</header>{consent(None)}</section>"
    )


def consent(may_be_used: bool | None) -> str:
    """Return whether judgments may be used for training, with the way to change that."""
    if may_be_used is None:
        words = "May your judgments be used to train the model?"
        ways = {"yes": "Yes", "no": "No"}
    elif may_be_used:
        words, ways = "Your judgments may be used for training.", {"no": "Revoke"}
    else:
        words, ways = "Your judgments are not used for training.", {"yes": "Allow"}
    buttons = "".join(
        f'<button type="button" data-consent="{way}">{label}</button>'
        for way, label in ways.items()
    )
    return f'<p class="clover-consent"><span>{words}</span> {buttons}</p>'


def _asked(judgment: JudgmentView) -> str:
    """Return what is asked besides: reasons after a thumb down, checking after a thumb up."""
    if judgment.verdict is Thumb.DOWN:
        chips = "".join(_chip(reason, is_pressed=reason in judgment.reasons) for reason in Reason)
        return f'<div class="clover-reasons" role="group" aria-label="Reasons">{chips}</div>'
    if judgment.verdict is Thumb.UP:
        checked = " checked" if judgment.is_reviewed else ""
        return (
            f'<label class="clover-reviewed"><input type="checkbox" data-reviewed{checked}>'
            "I checked every word; the model may learn it as it stands.</label>"
        )
    return ""


def _pin(judgment: JudgmentView) -> str:
    checked = " checked" if judgment.is_pinned else ""
    what = "this case" if judgment.verdict is Thumb.UP else "this case with its correction"
    return (
        f'<label class="clover-reviewed"><input type="checkbox" data-pinned{checked}>'
        f"Pin {what}: a retrained model has to get it right.</label>"
    )


def _chip(reason: Reason, *, is_pressed: bool) -> str:
    pressed = "true" if is_pressed else "false"
    return (
        f'<button type="button" data-reason="{reason}" aria-pressed="{pressed}">'
        f"{reason.capitalize()}</button>"
    )


def _field(name: str, title: str, answer: JudgedAnswer, *, is_open: bool = False) -> str:
    """Return a text that unfolds; a correction begins with the answer itself."""
    kept = answer.judgment.correction if name == "correction" else answer.judgment.comment
    text = kept or (answer.words if name == "correction" else "")
    unfolded = " open" if is_open or kept else ""
    return (
        f'<details{unfolded}><summary>{title}</summary><textarea data-words="{name}" rows="3" '
        f'aria-label="{title}">{plain(text)}</textarea></details>'
    )


def _buttons(answer: JudgedAnswer) -> str:
    undo = '<button type="button" data-do="undo">Undo</button>' if answer.was_changed else ""
    is_judged = answer.judgment != JudgmentView()
    withdraw = '<button type="button" data-do="withdraw">Withdraw</button>' if is_judged else ""
    keep = '<button type="button" data-do="keep" class="is-main">Keep</button>'
    return f'<div class="clover-buttons">{undo}{withdraw}{keep}</div>'
