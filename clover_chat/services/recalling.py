"""What can be said about the conversation itself: facts from its record, in fixed words."""

import textwrap
from collections.abc import Sequence

from clover_chat.services.branches import Exchange
from clover_chat.services.repertoire import ABOUT, NOTHING_YET
from clover_chat.types import Author

_LONGEST_LINE = 160
_MOST = 8
_AUTHORS = {
    Author.BRIDGE: "the bridge {bridge}",
    Author.SHELF: "the reference shelf ({titles})",
    Author.FIXED: "this program in fixed words",
    Author.TALKER: "a larger language model",
}


def recalled(topic: str, earlier: Sequence[Exchange]) -> str:
    """Return facts about a conversation.

    Args:
        topic: "recap", "pictures" or "source".
        earlier: The exchanges before the question, oldest first.
    """
    if not earlier:
        return NOTHING_YET
    if topic == "pictures":
        return _pictures(earlier)
    return _source(earlier[-1]) if topic == "source" else _recap(earlier)


def _recap(earlier: Sequence[Exchange]) -> str:
    first = max(0, len(earlier) - _MOST)
    lines = [
        f"{number}. You asked: “{_short(each.question)}” {_said(each)}"
        for number, each in enumerate(earlier[first:], first + 1)
    ]
    omitted = f", the last {_MOST} of them" if first else ""
    return "\n".join([f"Asked so far{omitted}:", *lines])


def _said(exchange: Exchange) -> str:
    answer = _short(exchange.whole_answer)
    return f"The answer began: “{answer}”" if answer else "It was not answered."


def _pictures(earlier: Sequence[Exchange]) -> str:
    patches = len({key for each in earlier for key in each.patch_keys})
    regions = len({place for each in earlier for place in each.places})
    last = next((each for each in reversed(earlier) if each.has_sights), None)
    if last is None:
        return "No picture has been shown in this conversation."
    shown = f"{_counted(patches, 'patch', 'patches')} and {_counted(regions, 'region', 'regions')}"
    now = (
        f"{_counted(len(last.patch_keys), 'patch', 'patches')} and "
        f"{_counted(len(last.places), 'region', 'regions')} shown last"
    )
    return f"{shown} of slides in this conversation. Questions are now about the {now}."


def _source(last: Exchange) -> str:
    if not last.authors:
        return "Who wrote the last answer is not on record."
    titles = ", ".join(f"“{title}”" for title in last.titles)
    told = [_AUTHORS[each].format(bridge=last.bridge, titles=titles) for each in last.authors]
    kind = f" The question was taken to be {ABOUT[last.kind]}." if last.kind else ""
    return f"The last answer was written by {' and '.join(told)}.{kind}"


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _short(text: str) -> str:
    return textwrap.shorten(" ".join(text.split()), _LONGEST_LINE, placeholder=" …")
