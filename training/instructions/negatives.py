"""What is not true of a picture, drawn so that it cannot be guessed from how often it is said."""

import random
from collections.abc import Sequence

from clover_chat.knowledge.cards import overlap
from training.instructions.specimens import Specimen
from training.instructions.statements import nearly_same

NEAR = 2 / 3
"""Share of wrong labels from the same set, which are the harder ones."""


class Negatives:
    """Specimens of one split, to draw wrong labels, organs and stains from.

    Args:
        specimens: All of them, in a fixed order.
    """

    def __init__(self, specimens: Sequence[Specimen]) -> None:
        self._by_label: dict[tuple[str, str], list[Specimen]] = {}
        self._names: dict[str, list[str]] = {"organ": [], "stain": [], "magnification": []}
        for specimen in specimens:
            self._by_label.setdefault((specimen.source, specimen.label), []).append(specimen)
        for column, names in self._names.items():
            names += sorted({getattr(each, column) for each in specimens} - {""})

    def without(self, label: str, near: Specimen, rng: random.Random) -> Specimen | None:
        """Return a specimen of which a label is not true, or None where there is none.

        Args:
            label: The label; nothing that may overlap with it is returned.
            near: Two times in three the specimen is of the same set as this one.
            rng: Draws a label first and then one of its specimens, so that rare labels count.
        """
        groups = [key for key in self._by_label if not overlap(key[1], label)]
        same_set = [key for key in groups if key[0] == near.source]
        if not groups:
            return None
        chosen = rng.choice(same_set if same_set and rng.random() < NEAR else groups)
        return rng.choice(self._by_label[chosen])

    def like(self, specimen: Specimen, rng: random.Random) -> Specimen | None:
        """Return another specimen of the same set and label, or None where there is none."""
        alike = self._by_label[specimen.source, specimen.label]
        others = [each for each in alike if each.image != specimen.image]
        return rng.choice(others) if others else None

    def other(self, column: str, truth: str, rng: random.Random) -> str:
        """Return a wrong organ, stain or magnification, or "" where nothing else occurs."""
        if not truth:
            return ""
        wrong = [name for name in self._names[column] if not nearly_same(name, truth)]
        return rng.choice(wrong) if wrong else ""
