"""Descriptions of a specimen from the knowledge card of its label, in words that suit the question.

What a description and what an answer about features draw on are two halves of the card, so that the
one adds to the other.
"""

from clover_chat.knowledge.cards import Card, card
from training.instructions.specimens import Specimen
from training.instructions.wording import LONGEST, count_words, sentence, sentence_for, settled

CAPTIONS = (
    "{findings} This is {phrase}.",
    "{findings} The picture is that of {phrase}.",
    "{Phrase}, {stain}. {findings}",
    "{Phrase}. {findings}",
    "This image, stained with {stain}, shows {phrase}. {findings}",
    "The image shows {phrase}. {findings}",
)
CAPTIONS_WITH_SPECIMEN = (
    "{Specimen}, {stain}: {phrase}. {findings}",
    "{Specimen} with {phrase}. {findings}",
)


def caption(specimen: Specimen, question: str) -> str:
    """Return a description of a specimen, of `LONGEST` words where the card allows that."""
    known = card(specimen.label)
    rng = settled(known.key, question)
    forms = list(CAPTIONS if _is_redundant(known) else CAPTIONS + CAPTIONS_WITH_SPECIMEN)
    rng.shuffle(forms)
    told = list(known.seen[::2])
    rng.shuffle(told)
    texts = [_filled(form, specimen, finding) for form in forms for finding in told]
    return next((text for text in texts if count_words(text) <= LONGEST), _shortest(texts))


def features(known: Card, question: str) -> str:
    """Return a sentence on what is seen, from the half of a card that descriptions leave."""
    return sentence_for(known.seen[1::2] or known.seen, known.key, question)


def _filled(form: str, specimen: Specimen, findings: str) -> str:
    known = card(specimen.label)
    return form.format(
        findings=findings,
        phrase=known.phrase,
        Phrase=sentence(known.phrase),
        Specimen=sentence(known.specimen),
        stain=specimen.stain,
    )


def _shortest(texts: list[str]) -> str:
    return min(texts, key=count_words)


def _is_redundant(known: Card) -> bool:
    """Tell whether the label says already what the specimen is."""
    words = {word for word in known.specimen.lower().split() if len(word) > 3}
    return bool(words & set(known.phrase.lower().split()))
