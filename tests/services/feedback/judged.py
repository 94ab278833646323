"""Judged conversations put straight into the database, and exports read back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services.feedback.export import FeedbackExport
from clover_chat.services.feedback.formats import Format
from clover_chat.services.feedback.manifest import Tally
from clover_chat.services.feedback.pseudonyms import Pseudonyms
from clover_chat.services.feedback.selection import Filters
from clover_chat.services.patches import pixel_hash, png_bytes
from clover_chat.services.regions import SlideRegions
from clover_chat.storage import conversations, feedback, pictures
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import AnswerPart, Conversation, Region
from clover_chat.types import Author, Ending, Figures, Identity, Reason, Sampling, Thumb
from tests.services.files import tissue

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Json = dict[str, Any]


def no_slides() -> SlideRegions:
    raise AssertionError("no region is asked about")


@dataclass
class Lab:
    """A database of judged answers and what exports it.

    Attributes:
        sessions: The database.
        images: Where patches lie.
        folder: Where exports go.
        export: The service.
    """

    sessions: sessionmaker[Session]
    images: ImageStore
    folder: Path
    export: FeedbackExport = field(init=False)

    def __post_init__(self) -> None:
        key = Pseudonyms(b"k" * 32)
        self.export = FeedbackExport(self.sessions, self.images, no_slides, key)

    def patch(self, width: int = 64) -> str:
        """Keep a patch; another width is another patch."""
        image = tissue(width, 48)
        key = pixel_hash(image)
        with self.sessions.begin() as session:
            self.images.put(key, png_bytes(image))
            pictures.add_image(session, key=key, width=width, height=48, origin="upload")
        return key

    def consent(self, owner: str = "person:ada", *, is_given: bool = True) -> None:
        with self.sessions.begin() as session:
            feedback.add_consent(session, owner=owner, is_given=is_given)

    def ask(
        self,
        question: str = "Which organ?",
        answer: str = "Colon.",
        patches: Sequence[str] = (),
        *,
        owner: str = "person:ada",
        after: tuple[str, int] | None = None,
        regions: Sequence[Region] = (),
        version: str = "1.0",
        author: Author = Author.BRIDGE,
        status: Ending = Ending.COMPLETE,
    ) -> tuple[str, int]:
        """Ask and have it answered; return conversation and answer."""
        with self.sessions.begin() as session:
            if after:
                conversation = session.get_one(Conversation, after[0])
            else:
                conversation = conversations.add_conversation(session, owner=owner, title="t")
            asked = conversations.add_question(
                session,
                conversation=conversation,
                parent_id=after[1] if after else None,
                content=question,
                image_hashes=patches,
                regions=[session.merge(region) for region in regions],
            )
            return conversation.id, self._answer(
                session, conversation, asked.id, answer, version, author, status
            )

    def retry(self, at: tuple[str, int], answer: str) -> tuple[str, int]:
        """Answer the same question once more."""
        with self.sessions.begin() as session:
            asked = conversations.question_of(session, conversation_id=at[0], answer_id=at[1])
            conversation = session.get_one(Conversation, at[0])
            return at[0], self._answer(
                session, conversation, asked.id, answer, "1.0", Author.BRIDGE, Ending.COMPLETE
            )

    def judge(
        self,
        at: tuple[str, int],
        verdict: Thumb,
        *reasons: Reason,
        owner: str = "person:ada",
        on: datetime = NOON,
        **more: Any,
    ) -> None:
        with self.sessions.begin() as session:
            row = feedback.add_judgment(
                session, owner=owner, message_id=at[1], verdict=verdict, reasons=reasons, **more
            )
            row.created_at = on

    def write(self, form: Format, name: str = "out", **options: Any) -> Tally:
        share = options.pop("val_share", 0.0)
        return self.export.write(form, self.folder / name, Filters(**options), share)

    def rows(self, form: Format, **options: Any) -> list[Json]:
        """Export, all to training, and return the rows."""
        self.write(form, **options)
        name = "records.jsonl" if form is Format.JSONL else "train.jsonl"
        return lines(self.folder / "out" / name)

    def manifest(self, name: str = "out") -> Json:
        return dict(json.loads((self.folder / name / "manifest.json").read_text()))

    @staticmethod
    def _answer(
        session: Session,
        conversation: Conversation,
        question_id: int,
        text: str,
        version: str,
        author: Author,
        status: Ending,
    ) -> int:
        answer = conversations.add_answer(
            session, conversation=conversation, question_id=question_id, sampling=Sampling()
        )
        conversations.save_answer(
            session,
            conversation_id=conversation.id,
            answer_id=answer.id,
            content=text,
            status=status,
            figures=Figures(),
            identity=Identity("clover-mini", version, "b" * 64),
            parts=[AnswerPart(author=author, content=text)],
        )
        return answer.id


def lines(path: Path) -> list[Json]:
    """Return the objects of a file of lines; none where there is no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
