"""Every answer of the language model, kept the moment it arrives: an append-only file.

A line holds the key of the question (a hash of caption, prompt, model and settings) and either the
answer or the note that a call was lost; both say what they cost. Whoever starts again finds the
answers there and pays for nothing twice.
"""

import json
import logging
import os
import threading
from pathlib import Path

from training.instructions.generation.budget import Tokens

logger = logging.getLogger(__name__)


class Journal:
    """The answers at hand.

    Args:
        path: The file; it is made when there is something to keep.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._answers: dict[str, str] = {}
        self._spent = Tokens()
        self._ends_cleanly = True
        self._read()

    def __contains__(self, key: str) -> bool:
        return key in self._answers

    def __len__(self) -> int:
        return len(self._answers)

    def answer(self, key: str) -> str | None:
        """Return the answer to a question, or None where there is none yet."""
        return self._answers.get(key)

    @property
    def spent(self) -> Tokens:
        """What all calls in the file took, the lost ones at their worst."""
        return self._spent

    def keep(self, key: str, text: str, tokens: Tokens) -> None:
        """Add an answer; it is on the disk when this returns."""
        self._append({"key": key, "text": text}, tokens)
        self._answers[key] = text

    def note_loss(self, key: str, tokens: Tokens) -> None:
        """Note a call that may have been charged but brought no answer."""
        self._append({"key": key, "lost": True}, tokens)

    def _append(self, entry: dict[str, object], tokens: Tokens) -> None:
        entry |= {"prompt_tokens": tokens.prompt, "completion_tokens": tokens.completion}
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line if self._ends_cleanly else "\n" + line)
                file.flush()
                os.fsync(file.fileno())
            self._ends_cleanly = True
            self._spent += tokens

    def _read(self) -> None:
        if not self._path.exists():
            return
        data = self._path.read_bytes()
        self._ends_cleanly = not data or data.endswith(b"\n")
        for number, line in enumerate(data.split(b"\n"), start=1):
            if line.strip():
                self._take(number, line)

    def _take(self, number: int, line: bytes) -> None:
        try:
            entry = json.loads(line)
            tokens = Tokens(int(entry["prompt_tokens"]), int(entry["completion_tokens"]))
            if not entry.get("lost"):
                self._answers[str(entry["key"])] = str(entry["text"])
            self._spent += tokens
        except (ValueError, KeyError, TypeError):
            logger.warning(
                "%s, line %d is cut off or damaged; its caption is asked about again.",
                self._path,
                number,
            )
