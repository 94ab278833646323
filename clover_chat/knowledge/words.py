"""Words as the search compares them: folded, joined and cut to their stem.

British and American spellings, Latin and English plurals, and a noun with its adjectives come down
to the same stem ("tumours" and "tumor", "metastases" and "metastatic", "carcinomata" and
"carcinoma"); a short name with its number is one word ("Ki-67" and "Ki 67").
"""

import re
import unicodedata
from functools import lru_cache

_SPELT_OUT = {
    "\N{GREEK SMALL LETTER ALPHA}": "alpha",
    "\N{GREEK SMALL LETTER BETA}": "beta",
    "\N{GREEK SMALL LETTER GAMMA}": "gamma",
    "\N{GREEK SMALL LETTER DELTA}": "delta",
    "\N{GREEK SMALL LETTER KAPPA}": "kappa",
    "\N{GREEK SMALL LETTER LAMDA}": "lambda",
    "\N{MICRO SIGN}m": "micrometre",
    "\N{GREEK SMALL LETTER MU}m": "micrometre",
}

_WORD = re.compile(r"[a-z0-9]+")
_POSSESSIVE = re.compile(r"['`\u00b4\u2019]s\b")
_H_AND_E = re.compile(r"\bh\s*(?:&|\+|\band\b)\s*e\b")
_NUMBERED = re.compile(r"\b([a-z]{1,4})[-\s]?(\d{1,3}[a-z]?)\b")
_ORDINARY = """
a about all and are at by case cell day for from has have in into is it its just like make
me  most of on only or over show some than that the they this to top type was were when with
zone  age give hpf mm cm um nm x up per men year dose fig part step
"""
_NEVER_NUMBERED = frozenset(_ORDINARY.split())
_IRREGULAR = {
    "appendices": "appendix",
    "bacteria": "bacterium",
    "cervices": "cervix",
    "corpora": "corpus",
    "cortices": "cortex",
    "criteria": "criterion",
    "diverticula": "diverticulum",
    "endothelia": "endothelium",
    "epithelia": "epithelium",
    "ganglia": "ganglion",
    "genera": "genus",
    "lumina": "lumen",
    "mitochondria": "mitochondrion",
    "naevi": "nevus",
    "nevi": "nevus",
    "ova": "ovum",
    "protozoa": "protozoon",
    "septa": "septum",
    "spermatozoa": "spermatozoon",
    "taught": "teach",
    "thought": "think",
}
_SPELLING = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=..)ae$", "a"),  # papillae, before ae becomes e
        (r"ae|oe", "e"),  # haem, oedema, naevus
        (r"(?<=..)our(?=(s|ed|ing|al|less|ation|ations)?$)", "or"),  # tumour, colour
        (r"is(?=(e|ed|es|ing|ation|ations)$)", "iz"),  # stabilise
        (r"ys(?=(e|ed|es|ing)$)", "yz"),  # analyse
        (r"(?<=[bct])re(?=s?$)", "er"),  # fibre, centre
        (r"sulph", "sulf"),
        (r"leuc", "leuk"),
        (r"grey", "gray"),
        (r"mould", "mold"),
        (r"ll(?=(ed|ing)$)", "l"),  # labelled
        (r"artefact", "artifact"),
    )
)
_ENDINGS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"oma(ta|tous|s)$", "oma"),
        (r"plas(ia|ias|tic|m|ms)$", "plas"),  # dysplasia, dysplastic
        (r"(?<=..)o(sis|ses|tic|stic)$", "os"),  # necrosis, necrotic, diagnostic
        (r"stas(is|es|ize|ized|izing)$|static$", "stas"),
        (r"ly(sis|ses|tic)$", "lys"),
        (r"it(is|ides)$", "it"),
        (r"theli(um|al)$", "theli"),
        (r"olog(y|ic|ical|ically|ist|ists|ies)$", "olog"),
        (r"scop(e|es|y|ic|ical|ically)$", "scop"),
        (r"if(y|ies|ied|ying|ication|ications)$", "if"),
        (r"iz(e|ed|es|ing|ation|ations)$", "iz"),
        (r"(?<=...)at(ion|ions|ed|es|ing|e)$", "at"),
        (r"vas(ion|ive)$", "vas"),
        (r"(?<=..[^e])ies$", "y"),
        (r"(?<=[a-z]{4})i$", "us"),  # villi, nuclei
        (r"(?<=(ss|us|ch|sh))es$|(?<=[xz])es$", ""),
        (r"(?<=[^sui])s$", ""),
        (r"(?<=[a-z]{3})(ing|ed)$", ""),
        (r"(?<=[a-z]{4})e$", ""),
    )
)
_DOUBLED = re.compile(r"([bdgmnprt])\1$")


def fold(text: str) -> str:
    """Return a text in lower case without accents, Greek letters spelt out, short names joined."""
    for sign, name in _SPELT_OUT.items():
        text = text.replace(sign, name)
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    bare = _H_AND_E.sub("hne", _POSSESSIVE.sub("", bare))
    return _NUMBERED.sub(_joined, bare)


def words(text: str) -> list[str]:
    """Return the folded words of a text in order; signs are dropped."""
    return _WORD.findall(fold(text))


def stems(text: str) -> list[str]:
    """Return the stems of a text's words in order."""
    return [stem(word) for word in words(text)]


def spelt(word: str) -> str:
    """Return a folded word in one of its spellings, the same for all of them."""
    for pattern, replacement in _SPELLING:
        word = pattern.sub(replacement, word)
    return word


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return what a folded word has in common with its other spellings, plurals and adjectives."""
    if any(sign.isdigit() for sign in word) or len(word) <= 3:
        return word
    word = spelt(_IRREGULAR.get(word, word))
    for pattern, replacement in _ENDINGS:
        shorter, found = pattern.subn(replacement, word)
        if found:
            return _singular_end(shorter)
    return word


def _singular_end(word: str) -> str:
    """Return a word whose first ending is off, without a doubled letter or mute e at its end."""
    return _DOUBLED.sub(r"\1", word[:-1] if len(word) > 4 and word.endswith("e") else word)


def _joined(match: re.Match[str]) -> str:
    return match[0] if match[1] in _NEVER_NUMBERED else match[1] + match[2]
