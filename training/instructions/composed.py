"""Card-based records: descriptions and conversations composed from knowledge cards.

They stand in for what a language model would write when no endpoint is at hand. A description says
only what is true of a typical picture of its label; what varies is said to vary.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from clover_chat.errors import TrainingError
from clover_chat.knowledge.cards import Card, card
from training.instructions.captions import CAPTIONS, CAPTIONS_WITH_SPECIMEN, caption
from training.instructions.dialogues import ARCS, FOLLOW_UPS, dialogue
from training.instructions.factory import as_record, typed
from training.instructions.records import Method, Provenance, Record, RecordTurn, digest
from training.instructions.specimens import Specimen
from training.instructions.templates import QUESTIONS

VERSION = 1
"""Raised whenever the same seed gives other records than before."""


@dataclass(frozen=True)
class CardRecipe:
    """How many records are composed for each specimen."""

    captions: int = field(default=2, metadata={"help": "Descriptions of 15 to 45 words."})
    dialogues: int = field(default=2, metadata={"help": "Conversations of two to four turns."})
    seed: int = field(default=0, metadata={"help": "Of every choice that is left to chance."})

    def __post_init__(self) -> None:
        for name in ("captions", "dialogues"):
            if getattr(self, name) < 0:
                raise TrainingError(f"{name} must be 0 or more, got {getattr(self, name)}.")

    def provenance(self, known: Card) -> Provenance:
        """Return what the records of one card say they were made by."""
        forms = [CAPTIONS, CAPTIONS_WITH_SPECIMEN, FOLLOW_UPS, ARCS]
        everything = [VERSION, asdict(self), forms, known.sha256]
        return Provenance(Method.CARD, f"knowledge card: {known.key}", digest(everything))


def composed_records(specimens: Sequence[Specimen], recipe: CardRecipe) -> Iterator[Record]:
    """Yield descriptions of and conversations about specimens, from the cards of their labels."""
    provenances = {
        label: recipe.provenance(card(label)) for label in {each.label for each in specimens}
    }
    for specimen in specimens:
        provenance = provenances[specimen.label]
        rng = random.Random(  # noqa: S311 - not a secret
            f"card/{recipe.seed}/{specimen.image.sha256}/{specimen.image.crop}"
        )
        said: set[str] = set()
        for _ in range(recipe.captions):
            text = _another(said, specimen, rng)
            turn = RecordTurn("caption", rng.choice(QUESTIONS["describe"]), text)
            yield as_record((specimen,), typed((turn,), rng), provenance)
        for _ in range(recipe.dialogues):
            yield as_record((specimen,), typed(dialogue(specimen, rng), rng), provenance)


def _another(said: set[str], specimen: Specimen, rng: random.Random) -> str:
    """Return a caption that was not said yet, as far as a few tries find one."""
    for _ in range(5):
        text = caption(specimen, rng)
        if text not in said:
            break
    said.add(text)
    return text
