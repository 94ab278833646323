"""A conversation as a tree: which messages are on screen, and what the model is told of them.

All messages of a conversation are at hand, oldest first; a message is always younger than its
parent. Nothing here asks the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from clover_chat.services.parts import BETWEEN
from clover_chat.services.regions import Place, place_of
from clover_chat.services.remarks import without_remark
from clover_chat.storage.tables import Message
from clover_chat.types import Author, Kind, Role

_MODELS = (Author.BRIDGE, Author.TALKER)


class Placed(Protocol):
    """Something that has a place in the tree: a message, or the place alone."""

    @property
    def id(self) -> int: ...

    @property
    def parent_id(self) -> int | None: ...


AnyPlaced = TypeVar("AnyPlaced", bound=Placed)


@dataclass(frozen=True)
class Exchange:
    """A question, what it is about, and its answer once there is one.

    Attributes:
        question: The text.
        patch_keys: Patches it is about.
        places: Regions it is about.
        answer: As the model wrote it, None for the question that is to be answered.
        whole_answer: What the person read, quotations and fixed words included.
        kind: What the question was taken for, None where that is not known.
        authors: Who wrote the answer, each once.
        titles: The entries it quotes.
        bridge: Which bridge answered; empty where none did.
        brings_sights: Whether the question came with patches or regions of its own.
    """

    question: str
    patch_keys: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    answer: str | None = None
    whole_answer: str = ""
    kind: Kind | None = None
    authors: tuple[Author, ...] = ()
    titles: tuple[str, ...] = ()
    bridge: str = ""
    brings_sights: bool = False

    @property
    def has_sights(self) -> bool:
        """Whether it is about anything that can be looked at."""
        return bool(self.patch_keys or self.places)


def branch_to(messages: Sequence[AnyPlaced], leaf_id: int | None) -> list[AnyPlaced]:
    """Return the messages from the root to the leaf."""
    by_id = {message.id: message for message in messages}
    branch: list[AnyPlaced] = []
    while leaf_id is not None:
        branch.append(by_id[leaf_id])
        leaf_id = branch[-1].parent_id
    return branch[::-1]


def newest_leaf(messages: Sequence[Placed], message_id: int) -> int:
    """Return the youngest message at or under the given one; nothing can follow it yet."""
    under = {message_id}
    for message in messages:
        if message.parent_id in under:
            under.add(message.id)
    return max(under)


def first_shown(branch: Sequence[Placed], since: int | None, most: int) -> int:
    """Return from which place of a branch on it is shown; a question stands there.

    Args:
        branch: Questions and answers in turn.
        since: The message to begin with, where it is in the branch.
        most: How many of the last messages are shown where it is not.
    """
    places = {message.id: place for place, message in enumerate(branch)}
    place = max(len(branch) - most, 0)
    if since is not None:
        place = places.get(since, place)
    return place - place % 2


def siblings(messages: Sequence[Placed]) -> dict[int, tuple[int, ...]]:
    """Return, for every message, the versions of it that exist, oldest first."""
    children: dict[int | None, list[int]] = {}
    for message in messages:
        children.setdefault(message.parent_id, []).append(message.id)
    return {message.id: tuple(children[message.parent_id]) for message in messages}


def image_keys(message: Message) -> tuple[str, ...]:
    """Return the pictures that came with a message."""
    return tuple(shown.image_hash for shown in message.shown)


def places(message: Message) -> tuple[Place, ...]:
    """Return the regions that came with a message."""
    return tuple(place_of(marked.region) for marked in message.marked)


def exchanges_of(branch: Sequence[Message]) -> tuple[Exchange, ...]:
    """Return a branch that ends in a question as the model is told it.

    A question without patches and regions of its own is about those before it. The answer to an
    earlier one is what a model wrote of it: empty where that is nothing, as where fixed words or a
    quotation answered.

    Args:
        branch: Messages from the root to the question that is to be answered.
    """
    exchanges: list[Exchange] = []
    sights: tuple[tuple[str, ...], tuple[Place, ...]] = (), ()
    answers = [*branch[1:], None]
    for message, follower in zip(branch, answers, strict=True):
        if message.role is not Role.USER:
            continue
        own = image_keys(message), places(message)
        sights = own if any(own) else sights
        asked = Exchange(message.content, *sights, brings_sights=any(map(bool, own)))
        exchanges.append(_answered(asked, follower) if follower else asked)
    return tuple(exchanges)


def looked_at(exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
    """Return what a model is told: the last question, and earlier ones that a model answered."""
    *earlier, last = exchanges
    return (*(each for each in earlier if each.answer), last)


def written_by_a_model(answer: Message) -> str:
    """Return what of an answer a model wrote, empty where it was quoted or fixed words alone."""
    if not answer.parts:
        return without_remark(answer.content)
    by_models = [part.content for part in answer.parts if part.author in _MODELS]
    return BETWEEN.join(by_models)


def _answered(asked: Exchange, answer: Message) -> Exchange:
    generation, parts = answer.generation, answer.parts
    version = f"{generation.preset} {generation.bridge_version}" if generation else ""
    return replace(
        asked,
        answer=written_by_a_model(answer),
        whole_answer=answer.content,
        kind=generation.kind if generation else None,
        authors=tuple(dict.fromkeys(part.author for part in parts)),
        titles=tuple(part.title for part in parts if part.title),
        bridge=version if generation and generation.bridge_version else "",
    )
