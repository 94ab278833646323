"""Judging a JSON value by a schema: the few words of JSON Schema that record files need.

The schema is a file beside this module, so that other programs can use it with a full validator; a
test holds the two to the same verdicts.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
_REMARKS = frozenset({"$schema", "$defs", "title", "description"})
_BESIDE_THEIR_OWN = frozenset({"required", "additionalProperties"})


@cache
def record_schema() -> Schema:
    """Return the schema of one record."""
    path = Path(__file__).with_name("record.schema.json")
    schema: Schema = json.loads(path.read_text(encoding="utf-8"))
    return schema


def complaints(value: Any, schema: Schema, root: Schema | None = None) -> Iterator[str]:
    """Yield what is wrong with a value, each with its place, such as "turns[0].answer is empty"."""
    yield from _complaints(value, schema, schema if root is None else root, "")


def _complaints(value: Any, schema: Schema, root: Schema, place: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if not _TYPES[schema["type"]](value):
        yield f"{place or 'the line'} should be {_ARTICLE[schema['type']]}, found {_short(value)}"
        return
    for word, wanted in schema.items():
        if word in _REMARKS or word == "type":
            continue
        if word == "properties":
            yield from _properties(value, schema, root, place)
        elif word == "items":
            for position, item in enumerate(value):
                yield from _complaints(item, wanted, root, f"{place}[{position}]")
        elif word not in _BESIDE_THEIR_OWN:
            yield from _CHECKS[word](value, wanted, place)


def _properties(value: Schema, schema: Schema, root: Schema, place: str) -> Iterator[str]:
    known, prefix = schema["properties"], f"{place}." if place else ""
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{prefix}{name} is missing"
    for name, item in value.items():
        if name in known:
            yield from _complaints(item, known[name], root, f"{prefix}{name}")
        elif not schema.get("additionalProperties", True):
            yield f"{prefix}{name} is unknown; is it misspelt?"


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
}
_ARTICLE = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
}


def _pattern(value: str, wanted: str, place: str) -> Iterator[str]:
    if re.search(wanted, value):
        return
    if not value.strip():
        yield f"{place} is empty"
    else:
        yield f"{place} has a form that is not allowed: {_short(value)}"


def _enum(value: str, wanted: list[str], place: str) -> Iterator[str]:
    if value not in wanted:
        yield f"{place} is {_short(value)}, expected one of {', '.join(wanted)}"


def _minimum(value: float, wanted: float, place: str) -> Iterator[str]:
    if value < wanted:
        yield f"{place} is {value}, expected {wanted} or more"


def _min_items(value: list[Any], wanted: int, place: str) -> Iterator[str]:
    if len(value) < wanted:
        yield f"{place} has {len(value)} entries, expected {wanted} or more"


def _max_items(value: list[Any], wanted: int, place: str) -> Iterator[str]:
    if len(value) > wanted:
        yield f"{place} has {len(value)} entries, expected {wanted} or fewer"


_CHECKS: dict[str, Callable[[Any, Any, str], Iterator[str]]] = {
    "pattern": _pattern,
    "enum": _enum,
    "minimum": _minimum,
    "minItems": _min_items,
    "maxItems": _max_items,
}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
