import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import ConversationNotFound, QuestionError, SlideError
from clover_chat.services.chat import PatchView
from clover_chat.services.evidence import EvidenceService
from clover_chat.services.heat import heat_over
from clover_chat.services.regions import Place
from clover_chat.storage.images import ImageStore
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.slides import EVERYTHING, TISSUE, Bench
from tests.services.transcripts.talks import asked
from tests.slides.pyramids import MPP

QUESTION = "What is this?"


@pytest.fixture
def evidence(
    sessions: sessionmaker[Session], images: ImageStore, engine: ScriptedEngine, bench: Bench
) -> EvidenceService:
    return EvidenceService(sessions, images, ReadyHost(engine), bench.viewing.regions)


def test_an_answer_about_a_patch_rests_on_it_at_the_size_it_was_seen(
    evidence: EvidenceService, bench: Bench, patch: PatchView, engine: ScriptedEngine
) -> None:
    begun = asked(bench.chat, QUESTION, patch)
    found = evidence.of("ada", begun.conversation_id, begun.answer_id)
    (seen,) = found.sightings
    assert (seen.width, seen.height, seen.has_map) == (448, 320, True)
    assert (seen.magnification, seen.mpp, seen.place) == (None, None, None)
    assert not found.is_of_today
    ((picture, question),) = engine.gazed
    assert (picture.key, question) == (patch.key, QUESTION)


def test_a_region_leads_back_to_its_place_and_its_details_to_theirs(
    evidence: EvidenceService, bench: Bench
) -> None:
    begun = asked(bench.chat, QUESTION, regions=(bench.mark(TISSUE),))
    (seen,) = evidence.of("ada", begun.conversation_id, begun.answer_id).sightings
    assert seen.place == Place(bench.slide_id, TISSUE)
    downsample = (TISSUE.area / (448 * 320)) ** 0.5
    assert seen.mpp == pytest.approx(MPP * downsample)
    whole = asked(bench.chat, QUESTION, regions=(bench.mark(EVERYTHING),))
    first, *details = evidence.of("ada", whole.conversation_id, whole.answer_id).sightings
    assert first.place == Place(bench.slide_id, EVERYTHING)
    assert details
    assert all(each.place and each.place.box.area < EVERYTHING.area for each in details)


def test_a_later_question_rests_on_the_pictures_shown_before(
    evidence: EvidenceService, bench: Bench, patch: PatchView, engine: ScriptedEngine
) -> None:
    begun = asked(bench.chat, QUESTION, patch)
    later = asked(bench.chat, "And now?", conversation=begun.conversation_id)
    evidence.of("ada", begun.conversation_id, later.answer_id)
    assert [question for _, question in engine.gazed] == ["And now?"]
    assert evidence.answers("ada", begun.conversation_id) == [begun.answer_id, later.answer_id]


def test_where_the_model_looked_is_laid_over_the_picture(
    evidence: EvidenceService, bench: Bench, patch: PatchView, engine: ScriptedEngine
) -> None:
    begun = asked(bench.chat, QUESTION, patch)
    at = ("ada", begun.conversation_id, begun.answer_id)
    data = evidence.overlay(*at, 0)
    with Image.open(io.BytesIO(data)) as shown:
        assert (shown.format, shown.size) == ("PNG", (448, 320))
    assert evidence.overlay(*at, 0) == data
    assert len(engine.gazed) == 1
    with pytest.raises(QuestionError, match="so many"):
        evidence.overlay(*at, 1)


def test_nobody_sees_what_somebody_elses_answer_rests_on(
    evidence: EvidenceService, bench: Bench, patch: PatchView
) -> None:
    begun = asked(bench.chat, QUESTION, patch)
    with pytest.raises(ConversationNotFound):
        evidence.of("eve", begun.conversation_id, begun.answer_id)
    with pytest.raises(ConversationNotFound):
        evidence.overlay("eve", begun.conversation_id, begun.answer_id, 0)
    with pytest.raises(ConversationNotFound):
        evidence.answers("eve", begun.conversation_id)
    own = asked(bench.chat, QUESTION, patch, owner="eve")
    with pytest.raises(QuestionError):
        evidence.of("eve", own.conversation_id, begun.answer_id)


def test_a_question_is_no_answer(evidence: EvidenceService, bench: Bench, patch: PatchView) -> None:
    begun = asked(bench.chat, QUESTION, patch)
    with pytest.raises(QuestionError):
        evidence.of("ada", begun.conversation_id, begun.question_id)


def test_a_slide_that_has_gone_is_told_in_a_sentence(
    evidence: EvidenceService, bench: Bench, tmp_path: Path
) -> None:
    begun = asked(bench.chat, QUESTION, regions=(bench.mark(TISSUE),))
    for slide in (tmp_path / "slides").iterdir():
        slide.unlink()
    with pytest.raises(SlideError):
        evidence.of("ada", begun.conversation_id, begun.answer_id)


def test_it_is_said_where_another_bridge_looks_than_answered(
    sessions: sessionmaker[Session],
    images: ImageStore,
    bench: Bench,
    patch: PatchView,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = asked(bench.chat, QUESTION, patch)
    other = ScriptedEngine()
    identity = other.identity
    monkeypatch.setattr(
        ScriptedEngine,
        "identity",
        property(lambda _: type(identity)(identity.preset, "9.9", "9" * 64)),
    )
    evidence = EvidenceService(sessions, images, ReadyHost(other), bench.viewing.regions)
    assert evidence.of("ada", begun.conversation_id, begun.answer_id).is_of_today


def test_heat_brightens_where_the_shares_are() -> None:
    grey = Image.new("RGB", (64, 64), (128, 128, 128))
    left, right = np.asarray(heat_over(grey, ((0.1, 0.4),)).convert("L"))[32, [2, 61]]
    assert right > left + 40
    even = np.asarray(heat_over(grey, ((0.25, 0.25), (0.25, 0.25))))
    assert even.std(axis=(0, 1)).max() == 0
