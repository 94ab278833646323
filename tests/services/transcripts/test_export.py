import io
import re
from base64 import b64decode
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import ConversationNotFound
from clover_chat.services.chat import ChatService, PatchView
from clover_chat.services.patches import pixel_hash
from clover_chat.services.transcripts.service import FileKind, TranscriptService
from clover_chat.services.transcripts.transcript import RESEARCH_USE
from clover_chat.storage.images import ImageStore
from clover_chat.types import Kind
from tests.fakes import ReadyHost, ScriptedEngine
from tests.services.asking import EOSIN, scripted_router
from tests.services.slides import PATIENT, TISSUE, Bench
from tests.services.transcripts.talks import as_file, asked, talked


def exported(transcripts: TranscriptService, conversation: str, kind: FileKind) -> str:
    return transcripts.export("ada", conversation, kind).text


@pytest.mark.parametrize("kind", FileKind)
def test_nobody_exports_what_belongs_to_somebody_else(
    transcripts: TranscriptService, bench: Bench, patch: PatchView, kind: FileKind
) -> None:
    conversation = talked(bench, patch)
    with pytest.raises(ConversationNotFound):
        transcripts.export("eve", conversation, kind)


@pytest.mark.parametrize("kind", FileKind)
def test_every_file_says_what_it_may_be_used_for_and_no_file_name(
    transcripts: TranscriptService, bench: Bench, patch: PatchView, kind: FileKind
) -> None:
    found = transcripts.export("ada", talked(bench, patch), kind)
    assert RESEARCH_USE in found.text
    assert PATIENT not in found.text + found.name
    assert "ada" not in re.sub(r"[A-Za-z0-9+/=]{200,}", "", found.text)  # pixels in base64
    assert re.fullmatch(rf"clover-chat-[\d-]+\.{kind}", found.name)


def test_markdown_holds_the_branch_on_screen_word_for_word(
    transcripts: TranscriptService, bench: Bench, patch: PatchView
) -> None:
    text = exported(transcripts, talked(bench, patch), FileKind.MARKDOWN)
    assert r"> Is \<script\>alert(1)\</script\> \*this\* a crypt?" in text
    assert text.count("### Answer") == 2
    assert text.count("Colon adenocarcinoma.") == 2
    assert "*Written by the bridge scripted 0.0 (00000000)*" in text
    assert "- Patch, 64 \u00d7 48 px" in text
    assert f"Crypts, Region of slide {bench.slide_id[:6]} at (1,200, 800)" in text


def test_a_report_is_one_file_with_pictures_and_a_scale_bar(
    transcripts: TranscriptService, bench: Bench, patch: PatchView
) -> None:
    text = exported(transcripts, talked(bench, patch), FileKind.HTML)
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)" in text
    shown = re.findall(r'<img src="data:image/png;base64,([^"]+)"', text)
    assert not re.findall(r'(?:src|href)="(?!data:)', text)
    patch_shown, region_shown = (Image.open(io.BytesIO(b64decode(each))) for each in shown)
    assert patch_shown.size == (64, 48)
    assert max(region_shown.size) == 512
    bar_ends = region_shown.height - 8 - 4
    bar = region_shown.convert("L").crop((13, bar_ends - 2, 60, bar_ends))
    assert bar.getextrema() == (20, 20)


def test_a_report_says_who_wrote_what(
    transcripts: TranscriptService,
    sessions: sessionmaker[Session],
    images: ImageStore,
    tmp_path: Path,
) -> None:
    router = scripted_router(tmp_path / "asked", {"What is eosin?": (Kind.GENERAL, "", 0.98)})
    chat = ChatService(sessions, images, ReadyHost(ScriptedEngine()), router=router)
    begun = asked(chat, "What is eosin?")
    text = exported(transcripts, begun.conversation_id, FileKind.HTML)
    assert f'<blockquote class="part shelf"><p>{EOSIN}</p>' in text
    assert "Quoted from the reference shelf: " in text
    assert "bridge" not in text.split("<section")[-1]


def test_json_holds_every_branch_with_pixels_and_places(
    transcripts: TranscriptService, bench: Bench, patch: PatchView
) -> None:
    file = as_file(transcripts, talked(bench, patch))
    assert (file["format"], file["version"]) == ("clover-chat-conversation", 1)
    assert [each.get("parent") for each in file["messages"]] == [None, 1, 2, 3, 3]
    assert file["active"] == 5
    assert file["messages"][2]["regions"] == [0]
    with Image.open(io.BytesIO(b64decode(file["pictures"][0]["png"]))) as kept:
        assert pixel_hash(kept.convert("RGB")) == patch.key
    (region,) = file["regions"]
    assert [region[name] for name in ("x", "y", "width", "height")] == list(TISSUE)
    assert region["slide"] == bench.slide_id
    with Image.open(io.BytesIO(b64decode(region["png"]))) as seen:
        assert max(seen.size) == 500


def test_a_conversation_is_exported_when_its_slide_has_gone(
    transcripts: TranscriptService, bench: Bench, patch: PatchView, tmp_path: Path
) -> None:
    conversation = talked(bench, patch)
    for slide in (tmp_path / "slides").iterdir():
        slide.unlink()
    bench.library.refresh()
    assert "png" not in as_file(transcripts, conversation)["regions"][0]
    assert "Region of slide" in exported(transcripts, conversation, FileKind.HTML)
    assert "Region of slide" in exported(transcripts, conversation, FileKind.MARKDOWN)
