"""What is on screen of a conversation: the branch that is shown, or the end of it.

Only what is shown is read as a whole; of the rest of the tree, ids are enough.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from clover_chat.services.branches import branch_to, first_shown, siblings
from clover_chat.services.regions import RegionView
from clover_chat.services.views import Window, view_of
from clover_chat.storage import conversations, feedback
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import Conversation, Region


def read_window(
    session: Session,
    conversation: Conversation,
    images: ImageStore,
    region_view: Callable[[Region], RegionView],
    *,
    since: int | None = None,
    most: int | None = None,
    more: int = 0,
) -> Window:
    """Return the end of the branch on screen.

    Args:
        session: Where the conversation is.
        conversation: Which one; its owner is who looks.
        images: Where its pictures lie.
        region_view: Returns what is to be seen of a region.
        since: The message to begin with, where it is on the branch.
        most: How many messages where it is not; None for all.
        more: How many messages before that are wanted as well.
    """
    nodes = conversations.list_nodes(session, conversation_id=conversation.id)
    branch = branch_to(nodes, conversation.active_leaf_id)
    first = first_shown(branch, since, len(branch) if most is None else most)
    first = max(first - more, 0)
    shown = [node.id for node in branch[first:]]
    versions = siblings(nodes)
    judged = feedback.judgments_in(
        session, owner=conversation.owner, conversation_id=conversation.id
    )
    views = (
        view_of(each, versions[each.id], images, region_view, judged.get(each.id))
        for each in conversations.messages_of(session, message_ids=shown)
    )
    return Window(tuple(views), first)
