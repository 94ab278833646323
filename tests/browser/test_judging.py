"""Judging in a real browser, and what the database and the exports then say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from clover_chat.bootstrap import export_feedback
from clover_chat.services.feedback.formats import Format
from clover_chat.services.feedback.selection import Filters
from clover_chat.serving import App
from clover_chat.storage.database import connect, sessions_on
from clover_chat.storage.tables import Consent, Judgment
from clover_chat.types import Thumb
from tests.browser.conftest import ANSWER
from tests.browser.walks import ANSWERS

pytestmark = pytest.mark.slow

PANEL = ".clover-judging"
CORRECTION = "This patch shows gastric mucosa with pits."
Rows = Callable[[], list[Judgment]]
Exported = Callable[[Format], list[dict[str, Any]]]


@pytest.fixture
def asked(page: Page, app: App) -> Page:
    """Return a page with two answers in one conversation."""
    page.goto(app.url)
    expect(page.locator("#listing nav")).to_be_attached()
    page.click("[data-place='0']")
    expect(page.locator(ANSWERS)).to_have_text(ANSWER)
    expect(page.locator("#composer .submit-button")).to_be_visible()
    page.fill("#composer textarea", "Which stain is this?")
    page.keyboard.press("Enter")
    expect(page.locator(ANSWERS).nth(1)).to_contain_text("brown on blue")
    expect(page.locator("#composer .submit-button")).to_be_visible()
    return page


@pytest.fixture
def rows(app: App) -> Rows:
    def read() -> list[Judgment]:
        engine = connect(app.settings.database)
        with sessions_on(engine)() as session:
            found = list(session.scalars(select(Judgment).order_by(Judgment.id)))
        engine.dispose()
        return found

    return read


@pytest.fixture
def exported(app: App, tmp_path: Path) -> Exported:
    def export(form: Format) -> list[dict[str, Any]]:
        out = tmp_path / "export"
        export_feedback(app.settings, form, out, Filters(), 0.0)
        name = "records.jsonl" if form is Format.JSONL else "train.jsonl"
        text = (out / name).read_text(encoding="utf-8") if (out / name).exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    return export


def thumb(page: Page, name: str, place: int = 0) -> Locator:
    return page.locator(f"#chat .bot-row + .message-buttons [aria-label='{name}']").nth(place)


def judge(page: Page, name: str, place: int = 0) -> None:
    """Press a thumb, and wait until the server has kept it."""
    thumb(page, name, place).click()
    title = {"Like": "You find", "Dislike": "What is wrong"}.get(name, "What do you think")
    expect(page.locator(PANEL)).to_contain_text(title)


def press(page: Page, what: str) -> None:
    page.click(f"{PANEL} [data-do='{what}']")


def unfold(page: Page, name: str, text: str) -> None:
    field = page.locator(f"{PANEL} [data-words='{name}']")
    if not field.is_visible():
        page.locator(f"{PANEL} details", has=page.locator(f"[data-words='{name}']")).locator(
            "summary"
        ).click()
    field.fill(text)


def allow(page: Page) -> None:
    page.locator(f"{PANEL} [data-consent='yes']").click()
    expect(page.locator("#consent")).to_contain_text("may be used for training")


def test_every_kind_of_judgment_is_given_and_database_and_export_tell_it(
    asked: Page, rows: Rows, exported: Exported
) -> None:
    judge(asked, "Dislike")
    for reason in ("wrong organ", "invented finding"):
        asked.click(f"{PANEL} [data-reason='{reason}']")
    expect(asked.locator(f"{PANEL} [data-words='correction']")).to_have_value(ANSWER)
    unfold(asked, "correction", CORRECTION)
    unfold(asked, "comment", "Pits, no crypts.")
    press(asked, "keep")
    expect(asked.locator(ANSWERS).first).to_contain_text(f"Your correction: {CORRECTION}")
    assert exported(Format.JSONL) == []  # nobody was asked for consent yet
    allow(asked)
    expect(asked.locator(PANEL)).to_have_count(0)
    judge(asked, "Like", 1)
    asked.locator(f"{PANEL} [data-reviewed]").check()
    asked.locator(f"{PANEL} [data-pinned]").check()
    press(asked, "keep")
    expect(asked.locator(ANSWERS).nth(1)).to_contain_text("You checked: every word")
    expect(asked.locator(ANSWERS).nth(1)).to_contain_text("You pinned: this case")

    first, second = ({row.message_id: row for row in rows()}).values()
    assert (first.verdict, first.reasons) == (Thumb.DOWN, ["wrong organ", "invented finding"])
    assert (first.correction, first.comment) == (CORRECTION, "Pits, no crypts.")
    assert (second.verdict, second.is_reviewed, second.is_pinned) == (Thumb.UP, True, True)
    assert not first.is_pinned
    told = [
        (each["verdict"], each["reasons"], each["correction"], each["comment"], each["is_reviewed"])
        for each in exported(Format.JSONL)
    ]
    assert told == [
        (row.verdict, row.reasons, row.correction, row.comment, row.is_reviewed)
        for row in (first, second)
    ]
    (pair,) = exported(Format.PREFERENCE)
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == (CORRECTION, ANSWER)
    assert [row["label"] for row in exported(Format.UNPAIRED)] == [False, True]
    learnt = [row["messages"][-1]["content"] for row in exported(Format.SFT)]
    assert learnt == [CORRECTION, "Immunohistochemistry, brown on blue."]


def test_a_reload_shows_thumbs_and_words_as_set(asked: Page) -> None:
    judge(asked, "Dislike")
    asked.click(f"{PANEL} [data-reason='unclear']")
    press(asked, "keep")
    allow(asked)
    judge(asked, "Like", 1)
    expect(thumb(asked, "Liked")).to_be_visible()
    asked.reload()
    expect(thumb(asked, "Disliked")).to_be_visible()
    expect(thumb(asked, "Liked")).to_be_visible()
    expect(asked.locator(ANSWERS).first).to_contain_text("Your reasons: unclear")
    expect(asked.locator("#consent")).to_contain_text("may be used for training")


def test_judgments_are_changed_undone_and_withdrawn_and_the_history_is_kept(
    asked: Page, rows: Rows, exported: Exported
) -> None:
    judge(asked, "Like")
    expect(thumb(asked, "Liked")).to_be_visible()
    allow(asked)
    judge(asked, "Dislike")
    expect(thumb(asked, "Disliked")).to_be_visible()
    unfold(asked, "correction", CORRECTION)
    press(asked, "keep")
    expect(asked.locator(ANSWERS).first).to_contain_text(CORRECTION)
    asked.locator(".clover-correct").first.click()
    expect(asked.locator(f"{PANEL} [data-words='correction']")).to_have_value(CORRECTION)
    press(asked, "withdraw")
    expect(asked.locator(ANSWERS).first).to_have_text(ANSWER)
    expect(thumb(asked, "Dislike")).to_be_visible()
    assert exported(Format.JSONL) == []
    press(asked, "undo")
    expect(asked.locator(ANSWERS).first).to_contain_text(CORRECTION)
    assert [each["correction"] for each in exported(Format.JSONL)] == [CORRECTION]
    judge(asked, "Disliked")
    expect(thumb(asked, "Dislike")).to_be_visible()
    kept = [(row.verdict, row.correction, row.is_withdrawn) for row in rows()]
    assert kept == [
        (Thumb.UP, "", False),
        (Thumb.DOWN, "", False),
        (Thumb.DOWN, CORRECTION, False),
        (Thumb.NONE, "", True),
        (Thumb.DOWN, CORRECTION, False),
        (Thumb.NONE, CORRECTION, False),
    ]


def test_a_revoked_consent_is_shown_and_leaves_later_exports(
    asked: Page, app: App, exported: Exported
) -> None:
    judge(asked, "Like")
    allow(asked)
    press(asked, "close")
    assert len(exported(Format.UNPAIRED)) == 1
    asked.locator("#consent [data-consent='no']").click()
    expect(asked.locator("#consent")).to_contain_text("not used for training")
    assert exported(Format.UNPAIRED) == []
    asked.reload()
    expect(asked.locator("#consent")).to_contain_text("not used for training")
    engine = connect(app.settings.database)
    with sessions_on(engine)() as session:
        assert list(session.scalars(select(Consent.is_given).order_by(Consent.id))) == [True, False]
    engine.dispose()


def test_what_was_typed_survives_a_change_of_mind_and_other_words(asked: Page) -> None:
    asked.locator(".clover-correct").first.click()
    expect(asked.locator(f"{PANEL} [data-words='correction']")).to_be_focused()
    unfold(asked, "correction", "<b>Stomach</b> & ${pits}")
    judge(asked, "Dislike")
    expect(asked.locator(f"{PANEL} [data-reason]")).to_have_count(7)
    field = asked.locator(f"{PANEL} [data-words='correction']")
    expect(field).to_have_value("<b>Stomach</b> & ${pits}")
    press(asked, "keep")
    expect(asked.locator(ANSWERS).first).to_contain_text("<b>Stomach</b> & ${pits}")


def test_another_conversation_closes_the_panel_and_has_thumbs_of_its_own(asked: Page) -> None:
    judge(asked, "Like")
    asked.click("#new")
    expect(asked.locator(PANEL)).to_have_count(0)
    asked.click("[data-place='1']")
    expect(asked.locator(ANSWERS)).to_contain_text("brown on blue")
    expect(thumb(asked, "Like")).to_be_visible()
    asked.locator("#listing [data-open]").nth(1).click()
    expect(thumb(asked, "Liked")).to_be_visible()
