"""Bridges as an operator sees them: lines of a list, one in full, what two differ in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from clover_chat.model.bridge_folder import BridgeFolder
from clover_chat.storage.promotions import Promotion

NOTHING = "-"
"""Stands where one of two bridges says nothing."""
_SHORT = 12


@dataclass(frozen=True)
class BridgeRow:
    """A line of the list of bridges.

    Attributes:
        name: What it is called.
        version: Its version, "" where it cannot be read.
        sha256: Of its tensors, "" without a folder.
        promoted_at: When it last became the active one, None if it never did.
        is_active: Whether it answers.
        problem: Why it cannot be used, "" where it can.
    """

    name: str
    version: str
    sha256: str
    promoted_at: datetime | None
    is_active: bool
    problem: str = ""


@dataclass(frozen=True)
class BridgeView:
    """A bridge with everything that is known of it.

    Attributes:
        name: What it is called.
        folder: What its folder says.
        promotions: When it became the active one, oldest first.
        is_active: Whether it answers.
    """

    name: str
    folder: BridgeFolder
    promotions: tuple[Promotion, ...]
    is_active: bool


@dataclass(frozen=True)
class Change:
    """What a promotion or a rollback came to.

    Attributes:
        promotion: What was added to the history.
        before: Name of the bridge that answered before.
        remark: What the operator should know besides, "" if nothing.
    """

    promotion: Promotion
    before: str
    remark: str = ""


@dataclass(frozen=True)
class Difference:
    """Something that two bridges say differently of themselves."""

    what: str
    left: str
    right: str


def differences(left: BridgeFolder, right: BridgeFolder) -> tuple[Difference, ...]:
    """Return what two bridge folders differ in, as they say it themselves; nothing is computed."""
    ours, theirs = dict(_facts(left)), dict(_facts(right))
    return tuple(
        Difference(what, ours.get(what, NOTHING), theirs.get(what, NOTHING))
        for what in {**ours, **theirs}
        if ours.get(what) != theirs.get(what)
    )


def _facts(folder: BridgeFolder) -> Iterator[tuple[str, str]]:
    lineage = folder.lineage
    yield "preset", folder.preset
    yield "version", folder.version
    yield from _hashed("frozen", folder.frozen)
    yield from _hashed("file", folder.files)
    if lineage.parent:
        yield "parent", lineage.parent[:_SHORT]
    yield from _hashed("data", lineage.data)
    yield from ((f"recipe: {name}", str(value)) for name, value in lineage.recipe.items())
    yield from ((f"measured: {name}", str(each)) for name, each in folder.figures.items())


def _hashed(kind: str, digests: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((f"{kind}: {name}", digest[:_SHORT]) for name, digest in digests.items())
