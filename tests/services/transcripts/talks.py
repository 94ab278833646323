"""Conversations to export, and the files they become."""

import json
from typing import Any

from clover_chat.services.chat import ChatService, Event, PatchView, Started
from clover_chat.services.transcripts.service import FileKind, TranscriptService
from clover_chat.types import Sampling
from tests.services.slides import Bench

SAMPLING = Sampling(max_tokens=64, seed=3)
UNSAFE = "Is <script>alert(1)</script> *this* a crypt?"


def asked(
    chat: ChatService,
    question: str,
    *patches: PatchView,
    conversation: str | None = None,
    regions: tuple[int, ...] = (),
    owner: str = "ada",
) -> Started:
    """Ask, and read the answer to its end."""
    keys = [patch.key for patch in patches]
    first, *_ = events(chat.ask(owner, conversation, question, keys, SAMPLING, regions))
    assert isinstance(first, Started)
    return first


def events(stream: Any) -> list[Event]:
    return list(stream)


def talked(bench: Bench, patch: PatchView) -> str:
    """Return a conversation about a patch, then about a region, with a retried answer."""
    begun = asked(bench.chat, UNSAFE, patch)
    again = asked(
        bench.chat,
        "And this region?",
        conversation=begun.conversation_id,
        regions=(bench.mark(name="Crypts"),),
    )
    events(bench.chat.retry("ada", begun.conversation_id, again.answer_id, SAMPLING))
    return begun.conversation_id


def as_file(transcripts: TranscriptService, conversation: str) -> dict[str, Any]:
    """Return a conversation of Ada's as the values of its JSON."""
    found = transcripts.export("ada", conversation, FileKind.JSON)
    return dict(json.loads(found.text))


def data(file: Any) -> bytes:
    return json.dumps(file).encode()
