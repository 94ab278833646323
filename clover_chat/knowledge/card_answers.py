"""What the knowledge card of a label answers to a follow-up, as the words a bridge was taught."""

from collections.abc import Collection

from clover_chat.knowledge.cards import Card, card, cards
from clover_chat.knowledge.following_up import FollowUp

SAME_ORGAN = (frozenset({"blood", "peripheral blood"}), frozenset({"colon", "colon/rectum"}))
"""Names of different sets for nearly the same organ."""


def card_answers(asked: FollowUp, label: str, named: Collection[str] = ()) -> frozenset[str]:
    """Return the answers a card has to a follow-up, none where it has none.

    Args:
        asked: What the question asks for.
        label: Of the picture.
        named: Labels that the question names.
    """
    known = cards().get(label)
    if known is None:
        return frozenset()
    told: dict[FollowUp, Collection[str]] = {
        FollowUp.COMPARISON: [
            known.tells_apart[each] for each in named if each in known.tells_apart
        ],
        FollowUp.OTHERS: [differential(known)],
        FollowUp.TYPICAL: [known.sure],
        FollowUp.REASONS: known.seen,
        FollowUp.VARIATION: known.may_show,
        FollowUp.ABSENT: known.not_seen,
        FollowUp.POWER: [known.power],
    }
    return frozenset(told.get(asked, ())) - {""}


def not_learnt(asked: FollowUp, label: str, named: Collection[str] = ()) -> str:
    """Return what to say where a card has no answer to a follow-up about other labels."""
    known = card(label)
    if asked is FollowUp.OTHERS:
        return f"I have not learnt what else could be mistaken for {known.phrase}."
    others = " or ".join(card(each).phrase for each in sorted(named))
    return f"I have not learnt how {known.phrase} and {others} are told apart."


def not_told(label: str, *, is_nature: bool) -> str:
    """Return what to say where what a picture is does not decide a question for yes or no.

    Args:
        label: Of the picture; "" is returned of one without a card.
        is_nature: Whether the question is for benign or malignant; else it is for what may be there
            besides.
    """
    if label not in cards():
        return ""
    phrase = card(label).phrase
    if is_nature:
        return f"This is {phrase}, which I have not learnt to call benign or malignant."
    return f"This is {phrase}. I have not learnt to tell what else can be seen on such a picture."


def differential(known: Card) -> str:
    """Return what else comes into question, or "" where nothing does."""
    likely = [other for other in sorted(known.tells_apart) if _is_likely(known, other)]
    if not likely:
        return ""
    names = " or ".join(card(other).phrase for other in likely[:2])
    return f"{names[:1].upper()}{names[1:]} comes into question."


def _is_likely(known: Card, other: str) -> bool:
    """Tell whether a neighbor is what a person would think of, and not healthy tissue."""
    one, two = known.organ, card(other).organ
    is_near = one == two or any(one in names and two in names for names in SAME_ORGAN)
    return known.is_differential and card(other).is_differential and is_near
