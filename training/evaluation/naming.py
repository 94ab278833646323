"""What a description says a picture is: labels, organs and stains, under all their names.

A name that also serves to describe other findings ("necrosis", "mucus", "lymphocytes") names the
picture only where a name is expected: after "this is", or as a clause of its own.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache

from clover_chat.knowledge.cards import Card, card, cards, overlap
from clover_chat.knowledge.words import stems
from training.evaluation.reading import normalise

ORGANS: Mapping[str, tuple[str, ...]] = {
    "lung": ("lung", "pulmonary"),
    "colon": ("colon", "colonic", "colorectal", "rectum", "large bowel", "large intestine"),
    "breast": ("breast", "mammary"),
    "bone": ("bone",),
    "cervix": ("cervix", "cervical"),
    "mouth": ("oral", "mouth", "oral cavity", "tongue"),
    "blood": ("peripheral blood", "blood smear", "blood film", "blood sample"),
    "skin": ("skin", "epidermis", "cutaneous"),
    "liver": ("liver", "hepatic"),
    "kidney": ("kidney", "renal"),
    "brain": ("brain", "cerebral"),
    "stomach": ("stomach", "gastric"),
    "prostate": ("prostate", "prostatic"),
    "heart": ("heart", "cardiac", "myocardium"),
}
"""Organs by the words that name them; none of the cards' are left out."""

STAINS: Mapping[str, tuple[str, ...]] = {
    "H&E": ("h&e", "h e", "hematoxylin and eosin", "haematoxylin and eosin", "hematoxylin eosin"),
    "Romanowsky": ("giemsa", "wright", "may gruenwald", "may grunwald", "pappenheim", "leishman"),
    "Papanicolaou": ("papanicolaou", "pap stain", "pap smear"),
    "immunohistochemistry": ("immunohistochemistry", "immunostain", "dab"),
    "special": ("periodic acid schiff", "masson trichrome", "silver stain", "gram stain"),
}
"""Stains by the words that name them, near relatives under one head."""

NATURES = ("malignant", "benign")
_EXPECTED = re.compile(
    r"(?:\b(?:this|it) is|\bimages? shows?|\bpictures? shows?|\bpatch shows?|\bthat of|"
    r"\bthose of|\bdiagnosis(?: is| of)?|\bconsistent with|\bfeatures of|\btypical of|"
    r"\b(?:tissue|sample|smear|film|mucosa) with)(?: an?| the| a field of)?$"
)


def wrong_labels(text: str, label: str) -> list[str]:
    """Return the names in an affirmed clause that no label compatible with the true one has.

    Args:
        text: A clause without denials.
        label: Key of the true card.
    """
    rest, wrong = f" {normalise(text)} ", list[str]()
    for name, owners in _names().items():
        wanted = f" {name} "
        if wanted in rest and not any(overlap(owner, label) for owner in owners):
            is_naming = _is_naming(text, rest, name)
            own = _own_names(label) if is_naming else own_text(card(label))
            if (is_naming or not _is_weak(name)) and not _holds(own, name):
                wrong.append(name)
        rest = rest.replace(wanted, " | ")
    return wrong


def wrong_natures(text: str, label: str) -> list[str]:
    """Return "malignant" or "benign" where an affirmed clause says it and the card the other."""
    known, said = card(label), normalise(text).split()
    own = normalise(own_text(known)).split()
    return [
        nature
        for nature in NATURES
        if known.nature not in ("", nature) and nature in said and nature not in own
    ]


def wrong_organs(text: str, label: str) -> list[str]:
    """Return the organs named in an affirmed clause that are not the true label's."""
    return _foreign(text, ORGANS, [card(label).organ, card(label).specimen], label)


def wrong_stains(text: str, label: str) -> list[str]:
    """Return the stains named in an affirmed clause that are none of the true label's."""
    return _foreign(text, STAINS, card(label).stains, label)


def names_any(text: str, keys: Collection[str]) -> bool:
    """Tell whether a text names one of several labels."""
    said = f" {normalise(text)} "
    return any(
        f" {name} " in said for name, owners in _names().items() if not set(keys).isdisjoint(owners)
    )


def own_text(known: Card) -> str:
    """Return all that may be said of a picture of a label."""
    told = (known.specimen, *known.seen, *known.may_show, known.sure)
    return " ".join((_own_names(known.key), *told))


@cache
def _own_names(label: str) -> str:
    return " | ".join((card(label).phrase, *card(label).synonyms))


def _foreign(
    text: str, words: Mapping[str, tuple[str, ...]], truths: Collection[str], label: str
) -> list[str]:
    true = {family for truth in truths for family in _families(truth, words)}
    if not true:
        return []
    own = _families(own_text(card(label)), words)
    return sorted(_families(text, words) - true - own)


def _families(text: str, words: Mapping[str, tuple[str, ...]]) -> set[str]:
    said = f" {normalise(text)} "
    return {
        family
        for family, names in words.items()
        if any(f" {normalise(name)} " in said for name in names)
    }


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Return every name, normalised, with the labels that have it; longer names first."""
    owners: dict[str, list[str]] = {}
    for key, known in cards().items():
        said = {key, re.sub(r"\s*\([^)]*\)", "", key), *known.synonyms}
        said |= {each for each in known.abbreviations if len(each) > 2}
        for name in said:
            owners.setdefault(normalise(name), []).append(key)
    return {name: tuple(owners[name]) for name in sorted(owners, key=len, reverse=True)}


def _is_naming(text: str, rest: str, name: str) -> bool:
    """Tell whether a name stands in a clause where the name of the picture is expected."""
    before = rest[: rest.index(f" {name} ")].strip()
    return _stands_alone(text, name) or bool(_EXPECTED.search(before))


def _stands_alone(text: str, name: str) -> bool:
    """Tell whether a clause is a name, or begins with one as a title does."""
    spaced = r"\W+".join(map(re.escape, name.split()))
    return bool(re.match(rf"\W*(?:(?:an?|the)\s+)?{spaced}\s*(?:[,.:]|$)", text.lower()))


@cache
def _is_weak(name: str) -> bool:
    """Tell whether a name occurs in what is said of pictures of other labels."""
    wanted = " ".join(stems(name))
    return any(f" {wanted} " in each for each in _stemmed_findings())


@cache
def _stemmed_findings() -> tuple[str, ...]:
    return tuple(
        f" {' '.join(stems(sentence))} "
        for known in cards().values()
        for sentence in (*known.seen, *known.may_show, *known.not_seen)
    )


def _holds(text: str, name: str) -> bool:
    return f" {' '.join(stems(name))} " in f" {' '.join(stems(text))} "
