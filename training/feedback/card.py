"""What a bridge says of how a round made it: lineage, figures, and a card for people."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.feedback.specimens import Judged
from training.reading import Measured

CARD = """# Bridge {version}

It went on from the bridge with the SHA-256 `{parent}`, and what that one's card says holds of
this one, too. **For research and education, not for diagnosis.**

People said what is right of {pictures} pictures; labels they named: {labels}. {silent} more right
answers name nothing about one picture, and {disputed} pictures are disputed and were left out.

Learnt from, by SHA-256:

{data}

`metrics.json` holds the recipe, and how good the reading is on the pictures it was calibrated on.
"""


def describe(
    folder: Path,
    lineage: Mapping[str, Any],
    judged: Judged,
    measured: Iterable[Measured],
    version: str,
) -> None:
    """Write `metrics.json` and `README.md` of a bridge.

    Args:
        folder: The bridge's.
        lineage: Parent, data and recipe.
        judged: What was told of pictures.
        measured: How good its reading is on held-back pictures.
        version: Of the bridge.
    """
    counts = {
        "pictures": len(judged.specimens),
        "words only": judged.silent,
        "disputed": judged.disputed,
    }
    metrics = {
        "lineage": lineage,
        "feedback": counts,
        "reading": [asdict(each) for each in measured],
    }
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    data = "\n".join(f"* `{name}`: `{sha256}`" for name, sha256 in lineage["data"].items())
    card = CARD.format(version=version, parent=lineage["parent"], data=data, **_words(judged))
    (folder / "README.md").write_text(card, encoding="utf-8")


def _words(judged: Judged) -> dict[str, str]:
    labels = sorted({each.label for each in judged.specimens if each.label})
    return {
        "pictures": f"{len(judged.specimens):,}",
        "labels": ", ".join(labels) or "none",
        "silent": f"{judged.silent:,}",
        "disputed": f"{judged.disputed:,}",
    }
