"""A small shelf for tests, written by themselves."""

from pathlib import Path

SOURCES = """
[atlas]
authors = "Author A"
title = "An Atlas"
edition = "2nd edition"
publisher = "A Publisher"
year = 2001
[atlas.parts]
dyes = "Dyes"
"""

TEXT = " ".join(["word"] * 50)


def entry(entry_id: str, **fields: object) -> str:
    """Return an entry as it is written in a topic file."""
    values = {
        "id": entry_id,
        "title": entry_id.capitalize(),
        "kind": "stain",
        "synonyms": [],
        "text": TEXT,
        "sources": ["atlas/dyes"],
        "see_also": [],
    } | fields
    lines = (f"{name} = {_toml(value)}" for name, value in values.items() if value is not None)
    return "[[entry]]\n" + "\n".join(lines) + "\n"


def write_shelf(folder: Path, *entries: str, topic: str = "Dyes", file: str = "dyes.toml") -> Path:
    """Write one topic file and the sources into a folder, and return it."""
    (folder / "sources.toml").write_text(SOURCES)
    (folder / file).write_text(f'topic = "{topic}"\n' + "\n".join(entries))
    return folder


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
