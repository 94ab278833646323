"""Many judged answers, put straight into the database, and what their export takes."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.storage.database import sessions_on
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import (
    AnswerPart,
    Consent,
    Conversation,
    Generation,
    Judgment,
    Message,
    MessageImage,
)
from clover_chat.types import Author, Ending, Role, Thumb
from tests.databases import fresh_database
from tests.services.feedback.judged import Lab

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SCRIPT = """
import json, sys, time
from pathlib import Path
from clover_chat.services.feedback.export import FeedbackExport
from clover_chat.services.feedback.formats import Format
from clover_chat.services.feedback.pseudonyms import Pseudonyms
from clover_chat.services.feedback.selection import Filters
from clover_chat.storage.database import connect, sessions_on
from clover_chat.storage.images import ImageStore
folder = Path(sys.argv[1])
export = FeedbackExport(
    sessions_on(connect(f"sqlite:///{folder / 'clover.sqlite'}")),
    ImageStore(folder / "images"), None, Pseudonyms(b"k"),
)
began, began_working = time.perf_counter(), time.process_time()
tally = export.write(Format.UNPAIRED, folder / "out", Filters())
seconds = time.perf_counter() - began, time.process_time() - began_working
status = Path("/proc/self/status").read_text()
peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
print(json.dumps([tally.rows.total(), *seconds, peak]))
"""


class Measured(NamedTuple):
    """What an export in a process of its own took.

    Attributes:
        rows: How many were written.
        seconds: From beginning to end.
        cpu_seconds: At work meanwhile.
        peak_bytes: Most memory of the process.
    """

    rows: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int


def measure(folder: Path, judgments: int) -> Measured:
    """Fill a new database in a folder and export it."""
    folder.mkdir()
    lab = Lab(sessions_on(fresh_database(folder)), ImageStore(folder / "images"), folder)
    _fill(lab.sessions, lab.patch(), judgments)
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return Measured(*json.loads(run.stdout))


def _fill(sessions: sessionmaker[Session], key: str, judgments: int) -> None:
    """Write conversations of one question each, all about one patch."""
    ids = range(1, judgments + 1)
    messages = [
        row
        for n in ids
        for row in (
            _message(2 * n - 1, n, None, Role.USER, f"What is finding {n}?"),
            _message(2 * n, n, 2 * n - 1, Role.ASSISTANT, f"Finding {n}: " + "gland " * 40),
        )
    ]
    with sessions.begin() as session:
        session.execute(
            insert(Conversation),
            [{"id": f"{n:032x}", "owner": "ada", "title": "t"} for n in ids],
        )
        session.execute(insert(Message), messages)
        session.execute(insert(MessageImage), [_shown(2 * n - 1, key) for n in ids])
        session.execute(insert(Generation), [_generation(2 * n) for n in ids])
        session.execute(insert(AnswerPart), [_part(2 * n, n) for n in ids])
        session.execute(insert(Judgment), [_judgment(2 * n) for n in ids])
        session.add(Consent(owner="ada", is_given=True))


def _message(
    number: int, conversation: int, parent: int | None, role: Role, text: str
) -> dict[str, object]:
    return {
        "id": number,
        "conversation_id": f"{conversation:032x}",
        "parent_id": parent,
        "role": role,
        "content": text,
        "status": Ending.COMPLETE,
    }


def _shown(message: int, key: str) -> dict[str, object]:
    return {"message_id": message, "position": 0, "image_hash": key}


def _generation(message: int) -> dict[str, object]:
    return {
        "message_id": message,
        "bridge_version": "1.0",
        "temperature": 0.0,
        "top_p": 0.9,
        "max_tokens": 64,
        "seed": 0,
        "ending": Ending.COMPLETE,
    }


def _part(message: int, number: int) -> dict[str, object]:
    text = f"Finding {number}: " + "gland " * 40
    return {"message_id": message, "position": 0, "author": Author.BRIDGE, "content": text}


def _judgment(message: int) -> dict[str, object]:
    return {
        "message_id": message,
        "owner": "ada",
        "verdict": Thumb.UP,
        "reasons": [],
        "comment": "",
        "correction": "",
        "is_reviewed": False,
        "is_pinned": False,
        "is_withdrawn": False,
        "created_at": NOW,
    }
