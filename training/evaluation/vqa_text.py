"""Text as the papers on visual question answering compare it.

The steps are those of the scoring code with which LLaVA-Med, Quilt-LLaVA and CLOVER report their
figures, oddities included, so that ours may stand beside theirs:

1. lower case; a punctuation mark vanishes if it touches a space anywhere in the text, and otherwise
   becomes one; with a comma between digits somewhere, all marks vanish
2. periods vanish, except before a digit
3. number words become digits, "none" too; articles are dropped
4. contractions that lost an apostrophe get it back
"""

import re

PUNCTUATION = ';/[]"{}()=+\\_-><@`,?!'
NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
} | {"none": "0"}
ARTICLES = frozenset({"a", "an", "the"})
_CONTRACTIONS = """
    ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't
    haven't he'd he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've
    might've mustn't must've needn't not've o'clock oughtn't 'ow's'at shan't she'd've should've
    shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've someone'll
    someone's something'd something'd've something'll that's there'd there'd've there're there's
    they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're
    what's what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're
    why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're
    you've
"""
_PERIOD = re.compile(r"\.(?!\d)")
_COMMA_IN_NUMBER = re.compile(r"\d,\d")


def _one_apostrophe_short() -> dict[str, str]:
    """Return each contraction by every spelling that leaves out one of its apostrophes."""
    table = {
        word[:place] + word[place + 1 :]: word
        for word in _CONTRACTIONS.split()
        for place, letter in enumerate(word)
        if letter == "'"
    }
    return table | {"somebody'd": "somebodyd"}  # the published table has this one back to front


CONTRACTIONS = _one_apostrophe_short()


def words(text: str) -> list[str]:
    """Return the words of a text, normalised."""
    spaced = _PERIOD.sub("", _without_punctuation(text.lower()))
    numbered = (NUMBERS.get(word, word) for word in spaced.split())
    return [CONTRACTIONS.get(word, word) for word in numbered if word not in ARTICLES]


def normalise(text: str) -> str:
    """Return a text normalised, with single spaces."""
    return " ".join(words(text))


def _without_punctuation(text: str) -> str:
    has_number = _COMMA_IN_NUMBER.search(text) is not None
    spaced = text
    for mark in PUNCTUATION:
        touches_space = f"{mark} " in text or f" {mark}" in text
        spaced = spaced.replace(mark, "" if touches_space or has_number else " ")
    return spaced
