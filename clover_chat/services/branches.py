"""A conversation as a tree: which messages are on screen, and what the model is told of them.

All messages of a conversation are at hand, oldest first; a message is always younger than its
parent. Nothing here asks the database.
"""

from collections.abc import Callable, Sequence

from clover_chat.storage.tables import Message
from clover_chat.types import Picture, Role, Turn


def branch_to(messages: Sequence[Message], leaf_id: int | None) -> list[Message]:
    """Return the messages from the root to the leaf."""
    by_id = {message.id: message for message in messages}
    branch: list[Message] = []
    while leaf_id is not None:
        branch.append(by_id[leaf_id])
        leaf_id = branch[-1].parent_id
    return branch[::-1]


def newest_leaf(messages: Sequence[Message], message_id: int) -> int:
    """Return the youngest message at or under the given one; nothing can follow it yet."""
    under = {message_id}
    for message in messages:
        if message.parent_id in under:
            under.add(message.id)
    return max(under)


def siblings(messages: Sequence[Message]) -> dict[int, tuple[int, ...]]:
    """Return, for every message, the versions of it that exist, oldest first."""
    children: dict[int | None, list[int]] = {}
    for message in messages:
        children.setdefault(message.parent_id, []).append(message.id)
    return {message.id: tuple(children[message.parent_id]) for message in messages}


def image_keys(message: Message) -> tuple[str, ...]:
    """Return the pictures that came with a message."""
    return tuple(shown.image_hash for shown in message.shown)


def turns_of(branch: Sequence[Message], picture: Callable[[str], Picture]) -> tuple[Turn, ...]:
    """Return a branch that ends in a question as the model is told it.

    A question without pictures of its own is about those before it. An earlier question whose
    answer stayed empty is left out.

    Args:
        branch: Messages from the root to the question that is to be answered.
        picture: Makes a picture of its key.
    """
    turns: list[Turn] = []
    keys: tuple[str, ...] = ()
    answers = [*branch[1:], None]
    for message, answer in zip(branch, answers, strict=True):
        if message.role is not Role.USER:
            continue
        keys = image_keys(message) or keys
        if answer is None or answer.content:
            pictures = tuple(picture(key) for key in keys)
            turns.append(Turn(message.content, pictures, answer.content if answer else None))
    return tuple(turns)
