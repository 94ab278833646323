"""Questions that labels can answer, each kind in many phrasings, and what may be asked wrongly."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from clover_chat.knowledge.cards import overlap

QUESTIONS: dict[str, tuple[str, ...]] = {
    "describe": (
        "Describe the following image in detail.",
        "Describe this image.",
        "Describe the image.",
        "What do you see?",
        "What can you see in this patch?",
        "What does this picture show?",
        "What is shown here?",
        "Tell me about this image.",
        "Give me a short description of the patch.",
        "Please describe the histology.",
        "What is in this image?",
        "Summarize the findings.",
        "Can you describe what is on this slide?",
    ),
    "organ": (
        "Which organ is this?",
        "What organ is shown?",
        "What organ does this tissue come from?",
        "Where in the body is this sample from?",
        "Which tissue is this?",
        "What is the site of origin?",
        "Which organ or specimen is it?",
        "From which organ was this taken?",
        "What tissue is this from?",
        "Name the organ.",
        "What kind of tissue or specimen is this?",
    ),
    "stain": (
        "Which stain was used?",
        "What stain is this?",
        "How was this slide stained?",
        "What staining method is shown?",
        "Name the stain.",
        "With which stain was the sample prepared?",
        "Is it stained, and how?",
        "What technique was used to stain it?",
    ),
    "label": (
        "What is the diagnosis?",
        "What is your diagnosis?",
        "Which diagnosis fits best?",
        "What is the most likely diagnosis?",
        "What is this?",
        "Name the diagnosis or cell type.",
        "What type of cell or lesion is this?",
        "Which entity is shown?",
        "What is the main finding?",
        "What would you call this?",
        "How would you classify this?",
        "What cell type is this?",
        "What is it most likely?",
        "Diagnosis?",
    ),
    "features": (
        "Which features support this?",
        "What are the key features?",
        "What morphological features are present?",
        "Which findings lead to that?",
        "Why do you think so?",
        "What makes you say that?",
        "What are the typical features here?",
        "Describe the cells and their arrangement.",
    ),
    "nature": (
        "Is it benign or malignant?",
        "Benign or malignant?",
        "Is this tissue malignant or benign?",
        "Would you call this benign or malignant?",
        "Does it look malignant or benign?",
    ),
}
YES_NO: dict[str, tuple[str, ...]] = {
    "label": (
        "Is this {phrase}?",
        "Does this image show {phrase}?",
        "Could this be {phrase}?",
        "Do you see {phrase} here?",
        "Is {phrase} present?",
        "Would you diagnose {phrase}?",
        "Is the diagnosis {phrase}?",
        "Am I looking at {phrase}?",
    ),
    "organ": (
        "Is this from the {organ}?",
        "Does this sample come from the {organ}?",
        "Is the organ the {organ}?",
    ),
    "stain": (
        "Is the stain {stain}?",
        "Was {stain} used here?",
        "Is this stained with {stain}?",
    ),
    "nature": (
        "Is it malignant?",
        "Is there malignancy?",
        "Is this cancer?",
        "Is there a malignant tumor?",
        "Do you see cancer here?",
    ),
}


class Known(Protocol):
    """A picture of which this much is known."""

    @property
    def source(self) -> str:
        """Name of the set it comes from."""

    @property
    def label(self) -> str:
        """Key of its label."""

    @property
    def organ(self) -> str:
        """Organ or specimen."""

    @property
    def stain(self) -> str:
        """Stain and technique."""


@dataclass(frozen=True)
class Truths:
    """Everything that may be true of a picture in these sources; negatives are drawn from it."""

    patches: tuple[tuple[str, str, str, str], ...]

    @classmethod
    def of(cls, patches: Sequence[Known]) -> "Truths":
        """Collect the distinct (source, label, organ, stain) of patches."""
        rows = {(patch.source, patch.label, patch.organ, patch.stain) for patch in patches}
        return cls(tuple(sorted(rows)))

    def other_label(self, patch: Known, rng: random.Random) -> str:
        """Return a wrong label; two times in three one of the same source, which is harder.

        Labels that may be true of the same picture are never wrong ones.
        """
        rows = [row for row in self.patches if not overlap(row[1], patch.label)]
        near = [row for row in rows if row[0] == patch.source]
        return rng.choice(near if near and rng.random() < 2 / 3 else rows)[1]
