"""What a sentence claims of a picture, and what it only mentions.

A name is mentioned without being claimed where it is denied ("not", "without", "rather than"),
compared with ("what else it could be", "distinguishes it from"), quoted or asked back, or is what a
general statement is about ("A monocyte is larger, with a folded nucleus").
"""

import re
from dataclasses import dataclass
from functools import cache

from clover_chat.knowledge.names import Aspect, KnownName, KnownNames, known_names

_FIRST_MARK = 0xE000
"""Mentions are replaced by signs of the private use area, so that patterns can speak of them."""

_ARTICLE = r"(?:(?:a field of|a sample|a single|an?|the|one|some)\s+)?"
_SPECIMEN = (
    r"(?:tissue|mucosa|parenchyma|wall|glands?|epithelium|cytology|sample|specimen|section|biopsy|"
    r"resection|smear|film|slide|patch)"
)
_QUOTED = re.compile(r"\"[^\"]*\"|\u201c[^\u201d]*\u201d|\u00ab[^\u00bb]*\u00bb")
_REPLY = re.compile(r"^\W*(?:yes|no)\s*[,.:;!]\s*", re.IGNORECASE)
_NO_DENIAL = re.compile(r"\b(?:no doubt|not only|no longer|not just)\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"[;:]|\b(?:but|whereas|however|although|though|while|because)\b|,\s*"
    r"(?=(?:it|this|that|there|which|they|instead|so|since|as|rather|and (?:it|this))\b)",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(?:not|no|without|neither|nor|never|cannot|lacks?|lacking|absence of|free of|exclud\w+|"
    r"rul(?:e|es|ed|ing) out|unlike|rather than|instead of|as opposed to|than|against|"
    r"negative for|except)\b|n't\b",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\b(?:differential|distinguish\w*|differ(?:s|ed|ent|ence|ences)?|tell\w*|told|separat\w+|"
    r"compar\w+|in contrast|versus|vs|mimic\w*|confus\w+|mistak\w+|resembl\w+|imitat\w+|"
    r"alternativ\w+|consider\w*|whether|if|also be|else|would|as in|similar to|you ask\w*|"
    r"the question)\b",
    re.IGNORECASE,
)
_COMPARED_AFTERWARDS = re.compile(
    r"\b(?:comes? into question|looks? alike|look (?:like|similar)|in the differential|"
    r"alternatives?|considered|excluded|ruled out|imitates?|mimics?|mistaken|confused|"
    r"come close|would|unlikely|less likely|not|cannot|absent)\b",
    re.IGNORECASE,
)
_IMAGE = (
    r"(?:this|it|that|(?:the|this|my|your)\s+(?:\w+\s+){0,2}?(?:picture|image|patch|cells?|tissue|"
    r"sample|specimen|field|findings?|lesion|tumou?r|diagnosis|smear|slide|entity|type|answer|"
    r"features|appearances?))"
)
_SURELY = (
    r"(?:(?:most likely|most probably|probably|clearly|likely|possibly|indeed|again|"
    r"consistent with|compatible with|in keeping with|suggestive of|diagnostic of|typical of|"
    r"characteristic of|a case of|an example of|that of|those of|called|classified as)\s+)*"
)
_BE = r"(?:is|are|was|were|would be|could be|may be|might be|must be|seems to be|appears to be)"


@dataclass(frozen=True)
class Claim:
    """One claim of a sentence.

    Attributes:
        text: As it is written.
        names: What it may mean; it holds if one of them does.
    """

    text: str
    names: tuple[KnownName, ...]


@dataclass(frozen=True)
class _Mention:
    mark: str
    text: str
    names: tuple[KnownName, ...]
    is_specimen: bool


class ClaimReader:
    """Reads claims out of sentences.

    Args:
        known: What can be claimed.
    """

    def __init__(self, known: KnownNames) -> None:
        self._known = known
        self._organs = {part.casefold(): (n,) for n in known.of(Aspect.ORGAN) for part in n.parts}
        spelt = sorted(known.by_spelling, key=len, reverse=True)
        exact = {s for n in known.names for s in n.spellings if s.isupper() and len(s) < 6}
        self._exact = {each.casefold(): each for each in exact}
        parts = "|".join(map(_flexible, sorted(self._organs, key=len, reverse=True)))
        names = "|".join(map(_flexible, spelt))
        self._pattern = re.compile(
            rf"(?<![\w-])(?:(?P<name>{names})|"
            rf"(?P<organ>{parts})(?:\s+\w+)?\s+{_SPECIMEN})(?!\w|-(?!stain))",
            re.IGNORECASE,
        )

    def claims(self, sentence: str) -> list[Claim]:
        """Return what a sentence claims of the picture, in order."""
        if sentence.rstrip("\"\u201d') \n").endswith("?"):
            return []
        text = _NO_DENIAL.sub(" ", _QUOTED.sub(" ", _REPLY.sub("", sentence)))
        marked, mentions = self._marked(text)
        return [
            Claim(each.text, names)
            for each in mentions
            if not _is_only_mentioned(marked, each)
            and (names := tuple(name for name in each.names if _is_claimed(marked, each, name)))
        ]

    def _marked(self, text: str) -> tuple[str, list[_Mention]]:
        mentions: list[_Mention] = []

        def mark(match: re.Match[str]) -> str:
            found = " ".join(match[0].split())
            key = found.casefold().replace("\N{HYPHEN}", "-")
            if key in self._exact and found != self._exact[key]:
                return match[0]
            is_specimen = match["organ"] is not None
            organ = " ".join((match["organ"] or "").casefold().split())
            names = self._organs[organ] if is_specimen else self._names(key)
            sign = chr(_FIRST_MARK + len(mentions))
            mentions.append(_Mention(sign, found, names, is_specimen))
            return sign

        return self._pattern.sub(mark, text), mentions

    def _names(self, key: str) -> tuple[KnownName, ...]:
        known = self._known.by_spelling
        return known[key] if key in known else known[key.replace("-", " ")]


@cache
def claim_reader() -> ClaimReader:
    """Return the reader of what the cards and `names.toml` know."""
    return ClaimReader(known_names())


def _flexible(spelling: str) -> str:
    """Return a pattern of a spelling in which a blank may be several, a line's end or a hyphen."""
    return r"[\s-]+".join(map(re.escape, spelling.split()))


def _is_only_mentioned(text: str, mention: _Mention) -> bool:
    place = text.index(mention.mark)
    clause = _clause(text, place)
    before, after = clause.split(mention.mark, 1)
    earlier = re.split(r"\bbut\b", text[:place], flags=re.IGNORECASE)[-1]
    return bool(
        _DENIAL.search(before)
        or _COMPARISON.search(earlier)
        or _COMPARED_AFTERWARDS.search(after)
        or _is_general(clause, mention.mark)
    )


def _clause(text: str, place: int) -> str:
    """Return the part of a sentence around a place, between conjunctions and pronouns."""
    edges = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    ends = [match.start() for match in _CLAUSE.finditer(text) if match.start() > place]
    return text[max(edge for edge in edges if edge <= place) : min([*ends, len(text)])]


def _is_general(clause: str, mark: str) -> bool:
    """Tell whether a name is what a general statement is about, and not what is on show."""
    subject = re.match(_SUBJECT.replace("{M}", mark), clause, re.IGNORECASE | re.DOTALL)
    if subject is None or subject["verb"].lower() in _NO_VERBS:
        return False
    return not _ON_SHOW.match(subject["verb"] + subject["rest"])


_SUBJECT = (
    r"\W*(?:an?\s+)?(?:(?!the\b|this\b|my\b)\w+\s+)?{M}\s+(?:in\s+\S+\s+(?=is\b|are\b|has\b|shows?\b))?"
    r"(?P<verb>[a-z]+)(?P<rest>.*)"
)
_NO_VERBS = frozenset(
    [
        "with",
        "in",
        "from",
        "of",
        "on",
        "at",
        "and",
        "or",
        "by",
        "here",
        "stained",
        "stain",
        "staining",
        "under",
        "for",
        "to",
        "as",
        "rather",
        "instead",
        "but",
        "not",
    ]
)
_ON_SHOW = re.compile(
    r"(?:is|are)\s+(?:(?:clearly|also|the|most|very|my)\s+)*(?:shown|seen|present|visible|"
    r"depicted|likely|probable|identified|found|favou?red|diagnosis|organ|stain|answer|finding)\b",
    re.IGNORECASE,
)


def _is_claimed(text: str, mention: _Mention, name: KnownName) -> bool:
    if name.aspect is Aspect.STAIN:
        return _matches(text, mention.mark, _STAIN_FORMS)
    if name.aspect is Aspect.ORGAN:
        return mention.is_specimen or _matches(text, mention.mark, _ORGAN_FORMS)
    is_sure = mention.text.casefold() in name.claimed_by_any_mention
    return is_sure or _matches(text, mention.mark, _IDENTITY_FORMS)


def _matches(text: str, mark: str, forms: tuple[str, ...]) -> bool:
    return any(re.search(form.replace("{M}", mark), text, re.IGNORECASE) for form in forms)


_MARK = f"[{chr(_FIRST_MARK)}-\uf8ff]"
_ALONE = (
    rf"^\W*{_ARTICLE}{{M}}\s*(?:[.,;:!(]|$)",
    rf"^\W*{_ARTICLE}{{M}}\s+with\b",
)
_STAIN_FORMS = (
    *_ALONE,
    r"\bstain(?:s|ed|ing)?\b(?:\s+\w+){0,2}?\s*(?:is|was|are|with|by|using|as|in|:)\s+"
    rf"{_SURELY}{_ARTICLE}{{M}}",
    r"{M}[\s-]+(?:stain\w*|sections?|slides?|smears?|preparations?)\b",
    r"[,(]\s*{M}\s*[.,:)]",
)
_ORGAN_FORMS = (
    *_ALONE,
    rf"\b(?:from|organ\s+(?:is|was)|site(?:\s+of\s+origin)?\s+(?:is|was)|origin\s+is|"
    rf"(?:sample|specimen|tissue|section|biopsy|smear|slide|patch|image|picture|organ|site)"
    rf"(?:\s+(?:is|was|are))?\s*(?:of|:))\s+{_SURELY}{_ARTICLE}(?:(?:normal|human|adult)\s+)*{{M}}",
    rf"\b{_IMAGE}\s+{_BE}\s+{_SURELY}{_ARTICLE}{{M}}\s*(?:[.,;:]|$|tissue)",
)
_IDENTITY_FORMS = (
    rf"^\W*(?!the\b){_ARTICLE}{{M}}\s*(?:[.:!]|,\s*{_MARK}|$)",
    rf"^\W*(?:an?\s+)?(?:(?:\w+|{_MARK})\s+){{1,4}}with\s+{_ARTICLE}{{M}}\s*(?:[.,;:]|$)",
    rf"\b{_IMAGE}\s+(?:(?:also|most likely|probably|clearly)\s+)*{_BE}\s+{_SURELY}{_ARTICLE}{{M}}",
    r"\b(?:this|it|image|picture|patch|slide)\b[^.;:]*\b(?:shows?|represents?|depicts?)\s+"
    r"(?:(?:an?|one|a single)\s+{M}|(?:a field of\s+|a sample\s+)?{M}\s*(?:[.,;:]|$))",
    rf"\b(?:looks|appears|call (?:it|this)|classify (?:it|this) as)\s+{_SURELY}{_ARTICLE}{{M}}",
    rf":\s*{_ARTICLE}{{M}}",
    rf"\b(?:that|those|picture|diagnosis|features)\s+of\s+{_ARTICLE}{{M}}\s*(?:[.,;:]|$)",
)
