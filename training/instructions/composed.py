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

VERSION = 2
"""Raised whenever the same seed gives other records than before."""


@dataclass(frozen=True)
class CardRecipe:
    """How many records are composed for each specimen."""

    captions: int = field(default=2, metadata={"help": "Descriptions, each to another question."})
    dialogues: int = field(default=2, metadata={"help": "Conversations of two to four turns."})
    seed: int = field(default=0, metadata={"help": "Of every choice that is left to chance."})

    def __post_init__(self) -> None:
        for name in ("captions", "dialogues"):
            if getattr(self, name) < 0:
                raise TrainingError(f"{name} must be 0 or more, got {getattr(self, name)}.")
        if self.captions > (most := len(QUESTIONS["describe"])):
            raise TrainingError(f"captions must be at most {most}, got {self.captions}.")

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
        for question in rng.sample(QUESTIONS["describe"], recipe.captions):
            turn = RecordTurn("caption", question, caption(specimen, question))
            yield as_record((specimen,), typed((turn,), rng), provenance)
        for _ in range(recipe.dialogues):
            yield as_record((specimen,), typed(dialogue(specimen, rng), rng), provenance)
