"""Judgments as a folder of files for training: rows, their pictures and their lineage.

Everything in the folder follows from the database, the pictures and the options, so that the same
export twice is the same, byte for byte. What has to be remembered on the way lies in a file.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from clover_chat import __version__
from clover_chat.errors import ExportError
from clover_chat.services.feedback.folder import (
    KIND,
    LINEAGE,
    MANIFEST,
    SCHEMA,
    replacing,
)
from clover_chat.services.feedback.formats import Format
from clover_chat.services.feedback.lines import LineFile
from clover_chat.services.feedback.manifest import Tally, write_manifest
from clover_chat.services.feedback.pictures import PictureFiles
from clover_chat.services.feedback.pseudonyms import Pseudonyms
from clover_chat.services.feedback.records import Record, Sight
from clover_chat.services.feedback.rows import rows_of
from clover_chat.services.feedback.selection import Filters, select_records
from clover_chat.services.feedback.worktable import Worktable
from clover_chat.services.regions import SlideRegions
from clover_chat.storage.database import reading
from clover_chat.storage.images import ImageStore

logger = logging.getLogger(__name__)

NOTICE = "For research and education, not for diagnosis."
_SCHEMAS = Path(__file__).parent / "schemas"
_WORKTABLE = "worktable"


class FeedbackExport:
    """Writes what people think of answers, as far as they consent.

    Args:
        sessions: The database.
        images: Where patches lie.
        regions: Returns what reads regions of slides; called once a region is needed.
        pseudonyms: Make the names that stand for persons and rows.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        images: ImageStore,
        regions: Callable[[], SlideRegions],
        pseudonyms: Pseudonyms,
    ) -> None:
        self._sessions = sessions
        self._images = images
        self._regions = regions
        self._pseudonyms = pseudonyms

    def write(self, form: Format, folder: Path, filters: Filters, val_share: float = 0.1) -> Tally:
        """Write an export, in place of an earlier one in the same folder.

        Args:
            form: What it is for.
            folder: Where; an earlier export there is replaced in one step.
            filters: Which judgments are asked for.
            val_share: Share of the groups of sights that are set aside for validation, 0 to 1.

        Returns:
            What was counted.

        Raises:
            ExportError: The folder holds something else or cannot be written, or the share is none.
        """
        if not 0 <= val_share < 1:
            raise ExportError(f"The share for validation is from 0 to below 1, not {val_share}.")
        with replacing(folder) as new:
            with closing(Worktable(new / _WORKTABLE)) as table:
                tally = self._select(table, filters)
                desk = _Desk(new, table, PictureFiles(self._images, self._regions, new, table))
                write = desk.records if form is Format.JSONL else desk.rows
                write(form, tally, val_share)
                facts = {
                    "kind": KIND,
                    "program": f"CLOVER Chat {__version__}",
                    "notice": NOTICE,
                    "format": form.value,
                    "filters": filters.as_dict(self._pseudonyms),
                    "val_share": val_share,
                    "counts": tally.as_dict(),
                    "bridges": tally.bridge_list(),
                }
                write_manifest(new / MANIFEST, facts, table.files())
            (new / _WORKTABLE).unlink()
        logger.info("Exported %d judgments as %d rows", tally.judgments, tally.rows.total())
        return tally

    def _select(self, table: Worktable, filters: Filters) -> Tally:
        tally = Tally()
        with reading(self._sessions) as session:
            for record in select_records(session, filters, self._pseudonyms):
                table.add_record(record)
                tally.judgments += 1
        table.index()
        return tally


class _Desk:
    """The folder that is being written."""

    def __init__(self, folder: Path, table: Worktable, pictures: PictureFiles) -> None:
        self._folder = folder
        self._table = table
        self._pictures = pictures

    def rows(self, form: Format, tally: Tally, val_share: float) -> None:
        """Write rows of TRL by split, and where each comes from."""
        self._copy_schema(form)
        with ExitStack() as files:
            splits = {
                split: files.enter_context(self._lines(f"{split}.jsonl"))
                for split in ("train", "val")
            }
            lineage = files.enter_context(self._lines(LINEAGE))
            for record, group, is_disputed in self._table.records():
                split = _split(group, val_share)
                origin = _origin(record, group, split, is_disputed=is_disputed)
                written = 0
                for columns, source in self._new_rows(record, form, tally):
                    place = {"line": splits[split].lines, "source": source}
                    splits[split].write(columns)
                    lineage.write({**place, **origin})
                    tally.add_row(record, split, is_disputed=is_disputed)
                    written += 1
                if written:
                    tally.scrubbed.update(record.scrubbed)

    def records(self, form: Format, tally: Tally, val_share: float) -> None:
        """Write the judgments themselves; copies are marked, not left out."""
        self._copy_schema(form)
        with self._lines("records.jsonl") as lines:
            for record, group, is_disputed in self._table.records():
                pictures = self._pictures_of(record)
                if pictures is None:
                    tally.left_out["picture is missing"] += 1
                    continue
                split = _split(group, val_share)
                copied = self._copy_of(record)
                if copied:
                    tally.duplicates[copied[0]] += 1
                origin = _origin(record, group, split, is_disputed=is_disputed)
                lines.write({**origin, "copy": _copy(copied), **_lineage(record, pictures)})
                tally.add_row(record, split, is_disputed=is_disputed)
                tally.scrubbed.update(record.scrubbed)

    def _new_rows(
        self, record: Record, form: Format, tally: Tally
    ) -> Iterator[tuple[dict[str, Any], str]]:
        rows = list(rows_of(record, form))
        if not rows:
            tally.left_out["nothing for this format"] += 1
            return
        pictures = self._pictures_of(record)
        if pictures is None:
            tally.left_out["picture is missing"] += 1
            return
        files = dict.fromkeys(name for names in pictures.values() for name in names)
        for row in rows:
            if copied := self._table.likeness_to_earlier(row.same, row.texts, record.id):
                tally.duplicates[copied[0]] += 1
            else:
                yield {**row.columns, "images": list(files)}, row.source

    def _pictures_of(self, record: Record) -> dict[Sight, tuple[str, ...]] | None:
        """Return the files of all sights, None where one of them cannot be had."""
        found = {sight: self._pictures.of(sight) for sight in (*record.all_sights, *record.sights)}
        return found if all(found.values()) else None

    def _copy_of(self, record: Record) -> tuple[str, str] | None:
        told = [text for turn in record.turns[:-1] for text in (turn.question, turn.answer)]
        sights = map(repr, record.all_sights)
        same = (record.verdict, *record.reasons, *sights, str(len(told)), record.compared)
        beside = record.rejected if record.compared else ()
        texts = (*told, record.question, record.whole_answer, record.correction, *beside)
        return self._table.likeness_to_earlier(same, texts, record.id)

    def _copy_schema(self, form: Format) -> None:
        data = (_SCHEMAS / f"{form}.schema.json").read_bytes()
        (self._folder / SCHEMA).write_bytes(data)
        self._table.add_file(SCHEMA, sha256(data).hexdigest(), len(data))

    def _lines(self, name: str) -> LineFile:
        return LineFile(self._folder / name, self._table)


def _split(group: str, val_share: float) -> str:
    """Return the side of a group.

    It stays on it in later exports with the same share, unless something joins it with another.
    """
    place = int.from_bytes(sha256(f"split {group}".encode()).digest()[:8]) / 2**64
    return "val" if place < val_share else "train"


def _origin(record: Record, group: str, split: str, *, is_disputed: bool) -> dict[str, Any]:
    return {
        "record": record.id,
        "person": record.person,
        "judged_on": record.judged_on,
        "group": sha256(group.encode()).hexdigest(),
        "split": split,
        "is_disputed": is_disputed,
        "preset": record.preset,
        "bridge_version": record.bridge_version,
        "bridge_hash": record.bridge_hash,
    }


def _copy(copied: tuple[str, str] | None) -> dict[str, str] | None:
    return {"likeness": copied[0], "of": copied[1]} if copied else None


def _lineage(record: Record, pictures: dict[Sight, tuple[str, ...]]) -> dict[str, Any]:
    def images(sights: tuple[Sight, ...]) -> list[dict[str, Any]]:
        return [
            {"file": file, "hash": Path(file).stem, "source": sight.source, "box": sight.box}
            for sight in sights
            for file in pictures[sight]
        ]

    return {
        "earlier": [
            {"question": turn.question, "answer": turn.answer, "images": images(turn.sights)}
            for turn in record.turns[:-1]
        ],
        "question": record.question,
        "images": images(record.sights),
        "answer": record.answer,
        "whole_answer": record.whole_answer,
        "is_complete": record.is_complete,
        "authors": list(record.authors),
        "kind": record.kind,
        "verdict": record.verdict,
        "reasons": list(record.reasons),
        "comment": record.comment,
        "correction": record.correction,
        "is_reviewed": record.is_reviewed,
        "rejected": list(record.rejected),
        "compared": record.compared,
    }
