"""What the reference shelf holds: short texts in our own words, each with its sources.

A file of the shelf is one topic:

    topic = "Stains"

    [[entry]]
    id = "eosin"                  # a slug, unique on the whole shelf
    title = "Eosin"
    kind = "stain"                # one of KINDS
    synonyms = ["eosin Y"]        # abbreviations, other spellings, common names
    text = "..."                  # 40 to 110 words that can be quoted as an answer
    sources = ["bancroft"]        # at least one, see sources.py
    see_also = ["haematoxylin"]   # ids of other entries
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clover_chat.knowledge.sources import ShelfDamaged, Source, read_sources, read_toml

SHELF_DIR = Path(__file__).parent / "shelf"
"""Where the shelf lies in an installed copy."""

KINDS = (
    "stain",
    "technique",
    "artefact",
    "normal tissue",
    "diagnosis",
    "grading",
    "cytology",
    "blood",
    "organism",
    "marker",
    "digital",
    "term",
)
WORDS = range(40, 111)
"""How many words a text may have: enough to answer, short enough to quote."""

_SOURCES = "sources.toml"
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TEXTS = ("id", "title", "kind", "text")
_LISTS = ("synonyms", "sources", "see_also")


@dataclass(frozen=True)
class Entry:
    """One passage of the shelf.

    Attributes:
        id: Unique slug.
        topic: The file's topic, under which the entry is browsed.
        synonyms: Other names it is asked by.
        text: The passage, on one line, to be quoted word for word.
        sources: The texts it rests on, in order of weight.
        see_also: Ids of neighbouring entries.
    """

    id: str
    title: str
    kind: str
    topic: str
    synonyms: tuple[str, ...]
    text: str
    sources: tuple[Source, ...]
    see_also: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it is called, the title first."""
        return (self.title, *self.synonyms)


def read_shelf(folder: Path = SHELF_DIR) -> tuple[Entry, ...]:
    """Read every topic file of a folder, with its sources.

    Args:
        folder: Topic files and one sources.toml.

    Raises:
        ShelfDamaged: An entry is incomplete, a text too long or short, an id used twice, or a
            source or neighbour missing. The message names file and entry.
    """
    sources = read_sources(folder / _SOURCES)
    entries: list[Entry] = []
    files: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name == _SOURCES:
            continue
        for entry in _read_topic(path, sources):
            if entry.id in files:
                raise ShelfDamaged(
                    f"{path.name}, entry {entry.id!r}: {files[entry.id]} has an entry of that id "
                    "already; rename one of them."
                )
            files[entry.id] = path.name
            entries.append(entry)
    _check_neighbours(entries, files)
    return tuple(entries)


def _read_topic(path: Path, sources: Mapping[str, Source]) -> Iterable[Entry]:
    document = read_toml(path)
    topic, records = document.get("topic"), document.get("entry")
    if not isinstance(topic, str) or not isinstance(records, list) or len(document) != 2:
        raise ShelfDamaged(f"{path.name} must hold a topic and [[entry]] tables, and nothing else.")
    for number, record in enumerate(records, start=1):
        name = record.get("id", f"number {number}")
        yield _entry(record, topic, sources, f"{path.name}, entry {name!r}")


def _entry(
    record: Mapping[str, Any], topic: str, sources: Mapping[str, Source], where: str
) -> Entry:
    _check_fields(record, where)
    text = " ".join(record["text"].split())
    if len(text.split()) not in WORDS:
        raise ShelfDamaged(
            f"{where}: the text has {len(text.split())} words; "
            f"{WORDS.start} to {WORDS.stop - 1} are wanted."
        )
    if missing := [name for name in record["sources"] if name not in sources]:
        raise ShelfDamaged(f"{where}: unknown sources {missing}; add them to {_SOURCES}.")
    return Entry(
        id=record["id"],
        title=record["title"],
        kind=record["kind"],
        topic=topic,
        synonyms=tuple(record["synonyms"]),
        text=text,
        sources=tuple(sources[name] for name in record["sources"]),
        see_also=tuple(record["see_also"]),
    )


def _check_fields(record: Mapping[str, Any], where: str) -> None:
    if set(record) != {*_TEXTS, *_LISTS}:
        odd = sorted(set(record) ^ {*_TEXTS, *_LISTS})
        raise ShelfDamaged(f"{where}: fields {odd} are missing or unknown.")
    for field in _TEXTS:
        if not isinstance(record[field], str) or not record[field].strip():
            raise ShelfDamaged(f"{where}: {field} is {record[field]!r}; it must be a text.")
    for field in _LISTS:
        _check_list(record[field], f"{where}: {field}")
    if not _SLUG.fullmatch(record["id"]):
        raise ShelfDamaged(f"{where}: the id must be lower-case words joined by hyphens.")
    if record["kind"] not in KINDS:
        raise ShelfDamaged(f"{where}: kind {record['kind']!r} is none of {', '.join(KINDS)}.")
    if not record["sources"]:
        raise ShelfDamaged(f"{where}: names no source; every passage needs one.")


def _check_list(values: object, where: str) -> None:
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise ShelfDamaged(f"{where} is {values!r}; it must be a list of texts.")
    folded = [value.casefold() for value in values]
    if twice := sorted({value for value in folded if folded.count(value) > 1}):
        raise ShelfDamaged(f"{where} names {twice} more than once.")


def _check_neighbours(entries: Sequence[Entry], files: Mapping[str, str]) -> None:
    for entry in entries:
        if missing := [name for name in entry.see_also if name not in files or name == entry.id]:
            raise ShelfDamaged(
                f"{files[entry.id]}, entry {entry.id!r}: see_also names {missing}, "
                "which are no other entries."
            )
