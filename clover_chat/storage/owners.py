"""Owners in queries about pictures.

Pages without cookies cannot be told apart where a browser asks for a picture: they are taken for
one person there, who has to know the picture's hash.
"""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

NAMELESS = "page:"
"""How the owners begin that are pages without cookies."""


def is_of(column: InstrumentedAttribute[str], owner: str) -> ColumnElement[Any]:
    """Select the rows that a person may see pictures of."""
    return column.startswith(NAMELESS) if owner.startswith(NAMELESS) else column == owner
