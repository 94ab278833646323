"""What may name a patient, taken out of free text: names, dates, numbers, addresses, telephones.

Rules, no model: what they find is replaced by a word in brackets and counted. They rather take out
too much than too little; free text can still name somebody in a way that no rule knows.
"""

import re
from collections import Counter
from functools import lru_cache

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|(?-i:May)|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?:[12][0-9]|3[01]|0?[1-9])"
_MONTH_NUMBER = r"(?:1[0-2]|0?[1-9])"
_YEAR = r"(?:(?:19|20)[0-9]{2})"
_NAME = r"(?:[^\W\d_][.]|[^\W\d_a-z][^\W\d_]*(?:['\u2019-][^\W\d_]+)*)"
_NAMES = rf"{_NAME}(?:[ \t]+(?:(?:van|von|der|den|de|la|di|da)[ \t]+)*{_NAME}){{0,3}}"
_TITLE = (
    r"(?:Dr|DR|dr|Prof(?:essor)?|prof(?:essor)?|Mr|MR|mr|Mrs|MRS|mrs|Ms|MS|Miss|Mx|Sir|Dame|"
    r"Herr|Frau|Doctor|doctor)"
)
_NUMBER_OF = (
    r"(?:mrn|medical record|record|accession|acc|case|specimen|patient id|hospital|nhs|ssn|"
    r"social security)"
)

_RULES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("e-mail", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (
        "name",
        re.compile(rf"\b({_TITLE}\.?(?:[ \t]+{_TITLE}\.?)*[ \t]+)(?!{_TITLE}\b){_NAMES}"),
        r"\1[name]",
    ),
    (
        "name",
        re.compile(r"\b((?:dr|mr|mrs|prof)\.?[ \t]+)[^\W\d_]{2,}(?:['\u2019-][^\W\d_]+)*"),
        r"\1[name]",
    ),
    (
        "name",
        re.compile(rf"\b((?i:patient(?:'s)? name|name|patient)[ \t]*[:=][ \t]*){_NAMES}"),
        r"\1[name]",
    ),
    ("name", re.compile(rf"\b([Pp]atient[ \t]+){_NAME}[ \t]+{_NAME}\b"), r"\1[name]"),
    (
        "date",
        re.compile(
            rf"(?<![\w.])(?:{_YEAR}[-/.]{_MONTH_NUMBER}[-/.]{_DAY}"
            rf"|{_DAY}(?:\.[ ]?|[-/]){_MONTH_NUMBER}(?:\.[ ]?|[-/])(?:{_YEAR}|[0-9]{{2}})"
            rf"|{_MONTH_NUMBER}[-/]{_DAY}[-/](?:{_YEAR}|[0-9]{{2}}))(?![\w-])"
        ),
        "[date]",
    ),
    (
        "date",
        re.compile(
            r"\b(?=[0-9adfjmnos])(?:"
            rf"{_DAY}(?:st|nd|rd|th)?\.?(?: of)?[ -]{_MONTH}\.?,?[ -](?:{_YEAR}|'?[0-9]{{2}})"
            rf"|{_MONTH}\.? {_DAY}(?:st|nd|rd|th)?,? {_YEAR}"
            rf"|{_DAY}(?:st|nd|rd|th)? (?:of )?{_MONTH}|{_MONTH}\.? {_DAY}(?:st|nd|rd|th)?"
            rf"|{_MONTH}\.? {_YEAR})\b",
            re.IGNORECASE,
        ),
        "[date]",
    ),
    ("number", re.compile(r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b"), "[number]"),
    (
        "phone",
        re.compile(
            r"(?<![\w+])(?:\+[0-9]{1,3}(?:[ ./-]?\(?[0-9]{1,5}\)?){2,6}"
            r"|\([0-9]{2,5}\)[ ]?[0-9]{2,4}(?:[ -]?[0-9]{2,4}){1,3}"
            r"|[0-9]{3}[-.][0-9]{3}[-.][0-9]{4}"
            r"|0[0-9]{2,4}[ /-][0-9]{3,4}[ -]?[0-9]{2,5})(?!\w)"
        ),
        "[phone]",
    ),
    (
        "phone",
        re.compile(
            r"\b((?:tel|telephone|phone|fax|pager|mobile|call)\b\.?:?[ ]*)"
            r"\+?[0-9(][0-9 ()/.-]{4,}[0-9]",
            re.IGNORECASE,
        ),
        r"\1[phone]",
    ),
    (
        "number",
        re.compile(
            rf"\b({_NUMBER_OF}(?:[ ]+(?:number|no|nr|id))?[ ]*[.:#]*[ ]*)"
            r"(?=[A-Za-z0-9/-]*[0-9]{2})[A-Za-z0-9]+(?:[/-][A-Za-z0-9]+)*",
            re.IGNORECASE,
        ),
        r"\1[number]",
    ),
    (
        "number",
        re.compile(r"\b(?:[A-Z]{1,4}-?[0-9]{2}[-/:][0-9]{3,8}|[0-9]{2}-?[A-Z]{1,3}-?[0-9]{4,8})\b"),
        "[number]",
    ),
    ("number", re.compile(r"(?<![\w.,])[A-Z]{0,2}[0-9]{6,}(?![\w.])"), "[number]"),
)


_MAY_NAME = re.compile(
    r"\b(?:dr|prof|mr|ms|miss|mx|sir|dame|herr|frau|doctor|name|patient)", re.IGNORECASE
)
"""How everything begins that a rule for names knows; most texts hold nothing of it."""


class Scrubber:
    """Takes out of texts what may name somebody, and counts by kind what it took.

    Attributes:
        counts: How many replacements there were of each kind since the scrubber was made.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __call__(self, text: str) -> str:
        """Return a text with words in brackets for what may name somebody."""
        scrubbed, counts = _scrubbed(text)
        self.counts.update(dict(counts))
        return scrubbed


@lru_cache(maxsize=1024)  # the turns of a conversation come once with each answer judged in it
def _scrubbed(text: str) -> tuple[str, tuple[tuple[str, int], ...]]:
    counts: Counter[str] = Counter()
    is_needed = {"e-mail": "@" in text, "name": _MAY_NAME.search(text) is not None}
    has_digits = any(map(str.isdigit, text))
    for kind, pattern, instead in _RULES:
        if is_needed.get(kind, has_digits):
            text, found = pattern.subn(instead, text)
            counts[kind] += found
    return text, tuple((kind, number) for kind, number in counts.items() if number)
