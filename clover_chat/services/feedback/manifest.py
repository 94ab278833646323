"""What an export says of itself: options, counts, and the hash of every other file."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clover_chat.services.feedback.records import Record

Bridge = tuple[str, str, str]


@dataclass
class Tally:
    """What was counted on the way.

    Attributes:
        judgments: How many were asked for.
        rows: Written, by split.
        duplicates: Left out or marked, exact and near.
        left_out: Judgments that came to nothing, by reason.
        disputed: Rows whose answer people judge differently.
        scrubbed: Taken out of the texts of written judgments, by kind.
        bridges: Rows by preset, version and hash of the bridge.
    """

    judgments: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    duplicates: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    disputed: int = 0
    scrubbed: Counter[str] = field(default_factory=Counter)
    bridges: Counter[Bridge] = field(default_factory=Counter)

    def add_row(self, record: Record, split: str, *, is_disputed: bool) -> None:
        """Count a row."""
        self.rows[split] += 1
        self.disputed += is_disputed
        self.bridges[
            (record.preset or "", record.bridge_version or "", record.bridge_hash or "")
        ] += 1

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as a manifest names them."""
        return {
            "judgments": self.judgments,
            "rows": {split: self.rows[split] for split in ("train", "val")},
            "disputed": self.disputed,
            "duplicates": {kind: self.duplicates[kind] for kind in ("exact", "near")},
            "left_out": dict(sorted(self.left_out.items())),
            "scrubbed": dict(sorted(self.scrubbed.items())),
        }

    def sentences(self) -> list[str]:
        """Return the counts for whoever exports, one line each; what did not occur is left out."""
        said = [
            f"{self.rows.total():,} rows from {self.judgments:,} judgments: "
            f"{self.rows['train']:,} to train with, {self.rows['val']:,} set aside."
        ]
        for what, counts in (
            ("Copies of earlier ones", self.duplicates),
            ("Judgments that came to nothing", self.left_out),
            ("Taken out of texts", self.scrubbed),
        ):
            if counts:
                kinds = ", ".join(f"{kind} {number:,}" for kind, number in sorted(counts.items()))
                said.append(f"{what}: {kinds}.")
        if self.disputed:
            said.append(f"People disagree about the answers of {self.disputed:,} rows.")
        return said

    def bridge_list(self) -> list[dict[str, Any]]:
        """Return which bridges answered, and how many rows are about each."""
        return [
            {"preset": preset, "version": version, "hash": digest, "rows": rows}
            for (preset, version, digest), rows in sorted(self.bridges.items())
        ]


def write_manifest(
    path: Path, facts: dict[str, Any], files: Iterable[tuple[str, str, int]]
) -> None:
    """Write a manifest; the files are written as they come, however many there are.

    Args:
        path: Where.
        facts: Everything but the files.
        files: Path, SHA-256 and size of each.
    """
    head = json.dumps(facts, ensure_ascii=False, indent=2)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{head.removesuffix("}").rstrip()},\n  "files": {{')
        for number, (name, sha256, size) in enumerate(files):
            entry = json.dumps({"sha256": sha256, "bytes": size})
            file.write(f"{',' if number else ''}\n    {json.dumps(name)}: {entry}")
        file.write("\n  }\n}\n")
