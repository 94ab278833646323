"""Rows of published files, each with the line it begins in."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clover_chat.errors import TrainingError
from training.instructions.intake import json_lines
from training.instructions.problems import Problems

_SPACE = re.compile(r"\s*")


def json_items(path: Path, problems: Problems) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line, object) of a JSON list, or of JSON lines where the name ends in .jsonl.

    A list that is broken somewhere gives what comes before; the rest is noted as one problem.

    Raises:
        TrainingError: The file cannot be read or holds no list.
    """
    rows = json_lines(path, problems) if path.suffix == ".jsonl" else _list_items(path, problems)
    for line, row in rows:
        if isinstance(row, dict):
            yield line, row
        else:
            problems.add(path, line, "wrong form", f"expected an object, found {row!r:.60}")


def _list_items(path: Path, problems: Problems) -> Iterator[tuple[int, Any]]:
    text = _text(path)
    position = _skip(text, 0)
    if text[position : position + 1] != "[":
        raise TrainingError(f"{path} should hold a JSON list; it begins with {text[:20]!r}.")
    decoder, line, counted = json.JSONDecoder(), 1, 0
    position = _skip(text, position + 1)
    while text[position : position + 1] != "]":
        line, counted = line + text.count("\n", counted, position), position
        try:
            item, position = decoder.raw_decode(text, position)
            position = _after_comma(text, position)
        except (ValueError, RecursionError) as error:
            detail = f"{error}; the rest of the file is not read"
            problems.add(path, getattr(error, "lineno", line), "broken JSON", detail)
            return
        yield line, item


def _after_comma(text: str, position: int) -> int:
    position = _skip(text, position)
    if text[position : position + 1] == ",":
        return _skip(text, position + 1)
    if text[position : position + 1] != "]":
        raise ValueError("expected a comma or the end of the list")
    return position


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    assert match is not None
    return match.end()


def csv_rows(
    path: Path, needed: tuple[str, ...], problems: Problems
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, values by column) of a CSV file with a header.

    Raises:
        TrainingError: The file cannot be read or lacks a needed column.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    header = [name.strip() for name in next(reader, [])]
    if missing := [name for name in needed if name not in header]:
        raise TrainingError(
            f"{path} has no column {' and no column '.join(missing)}; it has: {', '.join(header)}."
        )
    line = reader.line_num + 1
    try:
        for row in reader:
            if len(row) == len(header):
                yield line, dict(zip(header, row, strict=True))
            elif row:
                detail = f"{len(row)} columns, the header has {len(header)}"
                problems.add(path, line, "wrong form", detail)
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(path, line, "broken CSV", f"{error}; the rest of the file is not read")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise TrainingError(f"{path} is no UTF-8 text: {error}.") from error
