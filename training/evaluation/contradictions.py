"""What in an answer contradicts the knowledge card of the true label.

Four things do, each read sentence by sentence with negations understood:

* another label, nature, organ or stain is named than the true one (synonyms count as the name)
* a finding is affirmed that the card's `not_seen` excludes
* a finding is affirmed that `seen` of another label's card states and the true card does not
* what the reference answer or the true card says itself never contradicts it; nor does a sentence
  that leaves open which label it is, the true one among those it names

Denying what the card affirms is not counted, and what no card knows cannot be.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from clover_chat.knowledge.cards import card, cards, overlap
from clover_chat.knowledge.doubting import NOT_SURE
from training.evaluation.clauses import clauses, sentences
from training.evaluation.findings import Finding, excluded, finding, likeness
from training.evaluation.intervals import Interval, interval
from training.evaluation.naming import (
    names_any,
    wrong_labels,
    wrong_natures,
    wrong_organs,
    wrong_stains,
)
from training.evaluation.predictions import Prediction
from training.instructions.dialogues import OF_OTHERS

DESCRIBING = frozenset({"describe", "caption"})
"""Kinds of question that ask for a description."""

FOREIGN, MARGIN = 0.6, 0.15
"""A sentence this like one of another card, and by so much more than any true one, says that."""

_READERS = {
    "another label": wrong_labels,
    "another nature": wrong_natures,
    "another organ": wrong_organs,
    "another stain": wrong_stains,
}


@dataclass(frozen=True)
class Contradiction:
    """One thing in an answer that cannot be true of the picture.

    Attributes:
        kind: What sort: "another label", "excluded finding", "finding of another label", ...
        said: The name or sentence that contradicts.
        because: What it contradicts, or whose it is.
    """

    kind: str
    said: str
    because: str


@dataclass(frozen=True)
class Read:
    """A prediction that was read against its card.

    Attributes:
        prediction: The answer.
        contradictions: What was found, perhaps nothing.
    """

    prediction: Prediction
    contradictions: tuple[Contradiction, ...]


def read_against_cards(predictions: Sequence[Prediction]) -> list[Read]:
    """Return the answers about pictures whose label has a card, each read against it."""
    return [
        Read(item, tuple(contradictions(item.answer, item.label, item.reference, kind=item.kind)))
        for item in predictions
        if item.label in cards()
    ]


def share(read: Sequence[Read]) -> Interval:
    """Return the share of answers that contradict their card; at least one is needed."""
    return interval((item.prediction.image, float(bool(item.contradictions))) for item in read)


def contradictions(
    answer: str, label: str, reference: str = "", kind: str = "describe"
) -> list[Contradiction]:
    """Return what in an answer contradicts the card of a label.

    Args:
        answer: What was said of the picture.
        label: Key of the true card.
        reference: The right answer; what it says is never held against an answer.
        kind: Kind of question; one of `OF_OTHERS` lets the card's neighbors be named.
    """
    allowed = set(_found(reference, label))
    spoken_of = frozenset(card(label).tells_apart) if kind in OF_OTHERS else frozenset[str]()
    return [each for each in _found(answer, label, spoken_of) if each not in allowed]


def _found(
    text: str, label: str, spoken_of: Collection[str] = frozenset()
) -> Iterator[Contradiction]:
    for sentence in sentences(text):
        if names_any(sentence, spoken_of):
            return  # from here on the answer is about the other one
        yield from _misnamed(sentence, label)
        yield from _misdescribed(sentence, label)


def _misnamed(sentence: str, label: str) -> Iterator[Contradiction]:
    if sentence.startswith(NOT_SURE):  # it leaves open which of the named it is
        if not names_any(sentence, {label}):
            yield Contradiction("another label", sentence, label)
        return
    for clause in clauses(sentence):
        if not clause.is_denied:
            for kind, wrong in _READERS.items():
                for name in wrong(clause.text, label):
                    yield Contradiction(kind, name, label)


@lru_cache(maxsize=1 << 14)  # few sentences are said of many pictures
def _misdescribed(sentence: str, label: str) -> tuple[Contradiction, ...]:
    said = finding(sentence)
    if not said.affirmed:
        return ()
    for denial in card(label).not_seen:
        if any(not _is_own(each, label) for each in excluded(said, denial)):
            return (Contradiction("excluded finding", sentence, denial),)
    own = max((likeness(said, true) for true in _own(label)), default=0.0)
    other, theirs = max(
        ((key, likeness(said, each)) for key, each in _of_others(label)),
        key=lambda pair: pair[1],
        default=("", 0.0),
    )
    if theirs >= FOREIGN and theirs >= own + MARGIN:
        return (Contradiction("finding of another label", sentence, other),)
    return ()


def _is_own(barred: frozenset[str], label: str) -> bool:
    """Tell whether the true card itself affirms such words together."""
    return any(barred <= true.affirmed for true in _own(label))


@cache
def _own(label: str) -> tuple[Finding, ...]:
    """Return what may be said of a label and of those that may be true beside it."""
    compatible = [known for key, known in cards().items() if overlap(key, label)]
    own = card(label)
    told = [*own.not_seen, own.sure]
    told += [each for known in compatible for each in (*known.seen, *known.may_show)]
    return tuple(finding(sentence) for each in told for sentence in sentences(each))


@cache
def _of_others(label: str) -> tuple[tuple[str, Finding], ...]:
    return tuple(
        (key, finding(sentence))
        for key, known in cards().items()
        if not overlap(key, label)
        for sentence in known.seen
    )


def table(read: Sequence[Read]) -> str:
    """Return the share of answers that contradict their card as a Markdown table."""
    lines = ["| over | answers | contradict their card, % |", "|---|---|---|"]
    for name, mine in by_scope(read):
        found = share(mine)
        figures = f"{100 * found.value:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})"
        lines.append(f"| {name} | {len(mine):,} | {figures} |")
    return "\n".join(lines)


def cases(read: Sequence[Read]) -> str:
    """Return every answer that contradicts its card, with what does."""
    lines: list[str] = []
    for item in read:
        if item.contradictions:
            about = item.prediction
            lines.append(f"{about.file or about.image[:12]} ({about.label}): {about.answer}")
            lines += [f"    {each.kind}: {each.said}" for each in item.contradictions]
    return "\n".join(lines)


def by_scope(read: Sequence[Read]) -> Iterator[tuple[str, list[Read]]]:
    """Yield all answers, then those of each kind and source and, of conversations, each turn."""
    yield "all", list(read)
    for scope in ("kind", "source", "turn"):
        names = sorted({getattr(item.prediction, scope) for item in read})
        for name in names if len(names) > 1 else ():
            mine = [item for item in read if getattr(item.prediction, scope) == name]
            yield f"{scope}: {name}", mine
