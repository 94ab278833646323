from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services.chat import ChatService, PatchView
from clover_chat.services.judging import JudgingService
from clover_chat.services.retention import Retention, Swept
from clover_chat.services.views import JudgmentView
from clover_chat.storage.images import ImageStore
from clover_chat.types import Sampling, Thumb
from tests.services.slides import TISSUE, Bench, write_speck

NOW = datetime.now(UTC)
Sweep = Callable[[int], Swept]


@pytest.fixture
def sweep(sessions: sessionmaker[Session], images: ImageStore, bench: Bench) -> Sweep:
    """Return what deletes, so many days from now, what was untouched for 30."""

    def at(days: int) -> Swept:
        clock = lambda: NOW + timedelta(days=days)  # noqa: E731 - a clock is set
        retention = Retention(sessions, images, bench.chat, bench.viewing, 30, clock)
        swept = retention.sweep()
        assert swept is not None
        assert swept is retention.last
        return swept

    return at


def ask(chat: ChatService, owner: str, *keys: str) -> str:
    list(chat.ask(owner, None, "Which organ?", keys, Sampling()))
    return chat.conversations(owner)[0].id


def test_what_is_untouched_goes_with_its_pictures_and_what_is_not_stays(
    bench: Bench, sweep: Sweep, patch: PatchView, other_patch: PatchView
) -> None:
    ask(bench.chat, "ada", patch.key)
    kept = sweep(29)
    assert (kept.conversations, kept.pictures) == (0, 0)
    assert patch.path.is_file()
    swept = sweep(31)
    assert (swept.conversations, swept.pictures, swept.kept) == (1, 1, 0)
    assert not patch.path.exists()
    assert not other_patch.path.exists()  # never asked about
    assert bench.chat.conversations("ada") == []


def test_a_judgment_that_may_be_used_keeps_its_conversation_until_that_is_withdrawn(
    bench: Bench, sweep: Sweep, sessions: sessionmaker[Session], patch: PatchView
) -> None:
    judging = JudgingService(sessions)
    for owner in ("ada", "eve"):
        conversation = ask(bench.chat, owner, patch.key)
        answer = bench.chat.history(owner, conversation)[-1].id
        judging.judge(owner, conversation, answer, JudgmentView(Thumb.UP))
    judging.consent("ada", is_given=True)
    swept = sweep(31)
    assert (swept.conversations, swept.kept) == (1, 1)
    assert bench.chat.conversations("eve") == []
    assert patch.path.is_file()
    judging.consent("ada", is_given=False)
    assert sweep(31).conversations == 1
    assert not patch.path.exists()


def test_an_uploaded_slide_goes_once_no_question_is_about_it(
    bench: Bench, sweep: Sweep, tmp_path: Path
) -> None:
    slide = bench.viewing.add_slide("ada", write_speck(tmp_path / "speck.tif"))
    region = bench.viewing.add_region("ada", slide.id, TISSUE)
    list(bench.chat.ask("ada", None, "What is this?", [], Sampling(), [region.id]))
    assert (sweep(29).slides, sweep(31).slides) == (0, 1)
    assert [each.is_uploaded for each in bench.viewing.slides("ada")] == [False]


def test_without_a_number_of_days_everything_is_kept(
    sessions: sessionmaker[Session], images: ImageStore, bench: Bench, patch: PatchView
) -> None:
    ask(bench.chat, "ada", patch.key)
    retention = Retention(
        sessions, images, bench.chat, bench.viewing, None, lambda: NOW + timedelta(days=9999)
    )
    retention.start()
    assert retention.sweep() is None
    assert len(bench.chat.conversations("ada")) == 1
