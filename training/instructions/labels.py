"""What the labels of the training sources mean."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clover_chat.errors import TrainingError


@dataclass(frozen=True)
class Label:
    """A diagnosis, cell type or kind of specimen.

    Attributes:
        name: As an answer says it.
        article: "a", "an" or "" before the name.
        nature: "malignant", "benign", or "" where neither is the question.
        features: One sentence on what is seen.
    """

    name: str
    article: str
    nature: str
    features: str

    @property
    def phrase(self) -> str:
        """The name with its article."""
        return f"{self.article} {self.name}".strip()


@cache
def labels() -> dict[str, Label]:
    """Return every known label by the key the sources use."""
    text = Path(__file__).with_name("labels.toml").read_text(encoding="utf-8")
    return {key: Label(**fields) for key, fields in tomllib.loads(text).items()}


def label(key: str) -> Label:
    """Return one label.

    Raises:
        TrainingError: The label is not described yet.
    """
    try:
        return labels()[key]
    except KeyError:
        raise TrainingError(
            f"Label {key!r} is not described in labels.toml; add an entry for it."
        ) from None
