"""What a run was made from, kept in its folder: settings, data by hash, code, versions."""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

NAME = "run.json"
LIBRARIES = ("torch", "transformers", "accelerate", "peft", "tokenizers")


def record_run(run_dir: Path, config: Any, data: Sequence[Path]) -> dict[str, Any]:
    """Write what a run is made from, and return it; a resumed run keeps the record of its start.

    Args:
        run_dir: Exists.
        config: A dataclass of settings.
        data: The files learnt from.
    """
    path = run_dir / NAME
    if path.exists():
        known: dict[str, Any] = json.loads(path.read_text())
        return known
    lineage = {
        "config": asdict(config),
        "data": {file.name: sha256_of(file) for file in data},
        "code": git_state(),
        "versions": {name: version(name) for name in LIBRARIES},
    }
    path.write_text(json.dumps(lineage, indent=2, default=str) + "\n")
    return lineage


def tables_of(data: Path) -> dict[str, str]:
    """Return the SHA-256 of every source's table of labels, hexadecimal."""
    tables = sorted(data.glob("*/labels.jsonl"))
    return {f"{each.parent.name}/{each.name}": sha256_of(each) for each in tables}


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def git_state() -> dict[str, str | bool]:
    """Return commit and whether files were changed since; nothing outside a checkout."""
    here = Path(__file__).parent
    commit = _git(here, "rev-parse", "HEAD")
    if not commit:
        return {}
    return {"commit": commit, "is_changed": bool(_git(here, "status", "--porcelain"))}


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words
            ["git", "-C", str(folder), *words],  # noqa: S607 - the person's own git
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
