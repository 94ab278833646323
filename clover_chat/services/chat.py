"""The conversation between a person and the model about patches and slides, and its record.

Every method names the owner: what belongs to somebody else is not there. The methods that ask
are generators. The first `next` checks and stores the question; closing the generator stops the
model within one token and keeps what was written.
"""

from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.services.answers import AnswerRecord, PictureAnswers, Plan, write_answer
from clover_chat.services.branches import (
    Exchange,
    branch_to,
    exchanges_of,
    image_keys,
    looked_at,
    newest_leaf,
)
from clover_chat.services.parts import Part
from clover_chat.services.patches import pixel_hash, png_bytes, preview_bytes, read_patch
from clover_chat.services.questions import checked_question
from clover_chat.services.regions import RegionView, SlideRegions
from clover_chat.services.routing import Router, picture_only
from clover_chat.services.sights import Sights
from clover_chat.services.talking import Talking
from clover_chat.services.titles import slide_topic, title_of
from clover_chat.services.views import (
    ConversationView,
    Event,
    MessageView,
    PatchView,
    Started,
    Window,
)
from clover_chat.services.windows import read_window
from clover_chat.storage import conversations, pictures
from clover_chat.storage.conversations import add_conversation, get_conversation
from clover_chat.storage.database import reading
from clover_chat.storage.images import ImageStore
from clover_chat.storage.regions import regions_of
from clover_chat.storage.tables import Conversation, Origin
from clover_chat.types import ModelHost, Role, Sampling

__all__ = [
    "ChatService",
    "ConversationView",
    "Event",
    "MessageView",
    "PatchView",
    "RegionView",
    "Started",
]

SHOWN_AT_ONCE = 20
"""Messages of a conversation that are shown when it is opened, at most."""


class ChatService:
    """What a person can do with conversations; holds nothing of any one person.

    Args:
        sessions: The database.
        images: Where patches and previews lie.
        host: Where answers come from.
        regions: Reads regions of slides; None where there are no slides.
        router: Decides how a question is answered; None answers every one from its picture.
        talking: Has a larger model write in place of the bridge; None leaves it to the bridge.
        save_every_s: How often an answer is saved while it grows.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        images: ImageStore,
        host: ModelHost,
        *,
        regions: SlideRegions | None = None,
        router: Router | None = None,
        talking: Talking | None = None,
        save_every_s: float = 1.0,
    ) -> None:
        self._sessions = sessions
        self._images = images
        self._router = router
        self._pictures = PictureAnswers(host, talking)
        self._sights = Sights(images, regions)
        self._save_every_s = save_every_s

    def add_patch(self, path: Path, origin: Origin = "upload") -> PatchView:
        """Read an image file and keep its pixels, and only those, under their hash.

        Raises:
            ImageError: The file is no usable patch; the message says why.
        """
        image = read_patch(path)
        key, data = pixel_hash(image), png_bytes(image)
        with self._sessions.begin() as session:
            stored = self._images.put(key, data, preview_bytes(image))
            pictures.add_image(
                session, key=key, width=image.width, height=image.height, origin=origin
            )
        return PatchView(key, stored, image.width, image.height, self._images.shown_path(key))

    def conversations(self, owner: str, limit: int = 200) -> list[ConversationView]:
        """Return a person's conversations that hold messages, newest first."""
        with reading(self._sessions) as session:
            rows = conversations.list_conversations(session, owner=owner, limit=limit)
            return [ConversationView(row.id, row.title, row.updated_at) for row in rows]

    def history(self, owner: str, conversation_id: str) -> list[MessageView]:
        """Return the branch on screen, from its first question on.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
        """
        with reading(self._sessions) as session:
            found = get_conversation(session, owner=owner, conversation_id=conversation_id)
            view = self._sights.region_view
            return list(read_window(session, found, self._images, view).messages)

    def window(
        self, owner: str, conversation_id: str, since: int | None = None, more: int = 0
    ) -> Window:
        """Return the end of the branch on screen; as quick for a long conversation as for a short.

        Args:
            owner: Who looks.
            conversation_id: At which conversation.
            since: The message to begin with; where it is not given or not on screen, the last
                `SHOWN_AT_ONCE` messages are returned.
            more: How many messages before that are wanted as well.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
        """
        with reading(self._sessions) as session:
            found = get_conversation(session, owner=owner, conversation_id=conversation_id)
            view, most = self._sights.region_view, SHOWN_AT_ONCE
            return read_window(
                session, found, self._images, view, since=since, most=most, more=more
            )

    def ask(
        self,
        owner: str,
        conversation_id: str | None,
        question: str,
        patch_keys: Sequence[str],
        sampling: Sampling,
        region_ids: Sequence[int] = (),
        host: ModelHost | None = None,
    ) -> Generator[Event, None, None]:
        """Ask at the end of the branch on screen, or begin a conversation.

        Args:
            owner: Who asks.
            conversation_id: None begins a conversation.
            question: The text.
            patch_keys: Patches the question is about.
            sampling: How the answer is chosen.
            region_ids: Regions it is about; without any and without patches, it is about the last.
            host: Has another bridge answer than the one at work, by itself; None leaves it so.

        Raises:
            QuestionError: The question cannot be asked; nothing was written.
            SlideError: A region or its slide is not there; nothing was written. Or it cannot be
                read; the answer is marked as failed.
            ConversationNotFound: No such conversation belongs to this person.
            ModelError: The model could not answer; what there is of the answer is kept.
        """
        text = checked_question(question)
        keys = tuple(dict.fromkeys(patch_keys))
        with self._sessions.begin() as session:
            self._sights.check_patches(session, keys)
            marked = self._sights.checked_regions(session, owner, region_ids)
            if conversation_id is None:
                topic = slide_topic([region.slide_id for region in marked])
                conversation = add_conversation(session, owner=owner, title=title_of(text, topic))
            else:
                conversation = get_conversation(
                    session, owner=owner, conversation_id=conversation_id
                )
            asked = conversations.add_question(
                session,
                conversation=conversation,
                parent_id=conversation.active_leaf_id,
                content=text,
                image_hashes=keys,
                regions=marked,
            )
            started, plan = self._begin_answer(session, conversation, asked.id, sampling, host)
        yield from self._answer(started, plan)

    def retry(
        self,
        owner: str,
        conversation_id: str,
        answer_id: int,
        sampling: Sampling,
        host: ModelHost | None = None,
    ) -> Generator[Event, None, None]:
        """Answer the same question once more; the earlier answer stays beside the new one.

        Raises:
            QuestionError, ConversationNotFound, ModelError: As for `ask`.
        """
        with self._sessions.begin() as session:
            conversation = get_conversation(session, owner=owner, conversation_id=conversation_id)
            asked = conversations.question_of(
                session, conversation_id=conversation_id, answer_id=answer_id
            )
            started, plan = self._begin_answer(session, conversation, asked.id, sampling, host)
        yield from self._answer(started, plan)

    def edit(
        self,
        owner: str,
        conversation_id: str,
        question_id: int,
        question: str,
        sampling: Sampling,
    ) -> Generator[Event, None, None]:
        """Ask a question in other words, about the same sights; the earlier branch stays.

        Raises:
            QuestionError, ConversationNotFound, ModelError: As for `ask`.
        """
        text = checked_question(question)
        with self._sessions.begin() as session:
            conversation = get_conversation(session, owner=owner, conversation_id=conversation_id)
            earlier = conversations.get_message(
                session,
                conversation_id=conversation_id,
                message_id=question_id,
                role=Role.USER,
            )
            asked = conversations.add_question(
                session,
                conversation=conversation,
                parent_id=earlier.parent_id,
                content=text,
                image_hashes=image_keys(earlier),
                regions=[marked.region for marked in earlier.marked],
            )
            started, plan = self._begin_answer(session, conversation, asked.id, sampling)
        yield from self._answer(started, plan)

    def show_sibling(self, owner: str, conversation_id: str, message_id: int) -> None:
        """Put the branch of a message on screen, down to the youngest message in it.

        Raises:
            QuestionError: There is no such message.
            ConversationNotFound: No such conversation belongs to this person.
        """
        with self._sessions.begin() as session:
            conversation = get_conversation(session, owner=owner, conversation_id=conversation_id)
            conversations.get_message(
                session, conversation_id=conversation_id, message_id=message_id
            )
            nodes = conversations.list_nodes(session, conversation_id=conversation_id)
            conversation.active_leaf_id = newest_leaf(nodes, message_id)

    def show_message(self, owner: str, conversation_id: str, message_id: int) -> None:
        """Put a branch on screen that a message is part of; the one on screen stays if it is.

        Raises:
            QuestionError: There is no such message.
            ConversationNotFound: No such conversation belongs to this person.
        """
        with reading(self._sessions) as session:
            conversation = get_conversation(session, owner=owner, conversation_id=conversation_id)
            nodes = conversations.list_nodes(session, conversation_id=conversation_id)
            branch = branch_to(nodes, conversation.active_leaf_id)
        if message_id not in {node.id for node in branch}:
            self.show_sibling(owner, conversation_id, message_id)

    def delete(self, owner: str, conversation_id: str) -> None:
        """Remove a conversation for good, and patches and regions that no other one shows.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
        """
        with self._sessions.begin() as session:
            conversation = get_conversation(
                session, owner=owner, conversation_id=conversation_id, even_deleted=True
            )
            keys = pictures.uploads_of(session, conversation_id=conversation.id)
            marked = regions_of(session, conversation_id=conversation.id)
            session.delete(conversation)
            session.flush()
            self._sights.forget(session, keys, marked)

    def close_interrupted(self) -> int:
        """Mark answers that a crash cut off; to be called at start, before anyone asks."""
        with self._sessions.begin() as session:
            return conversations.close_interrupted(session)

    def _begin_answer(
        self,
        session: Session,
        conversation: Conversation,
        question_id: int,
        sampling: Sampling,
        host: ModelHost | None = None,
    ) -> tuple[Started, Plan]:
        messages = conversations.list_messages(session, conversation_id=conversation.id)
        exchanges = exchanges_of(branch_to(messages, question_id))
        route = self._router.route(exchanges) if self._router else picture_only(exchanges)
        verdict = route.verdict
        answer = conversations.add_answer(
            session,
            conversation=conversation,
            question_id=question_id,
            sampling=sampling,
            kind=verdict.kind if verdict else None,
            kind_confidence=verdict.confidence if verdict else None,
        )
        pictures = self._pictures if host is None else PictureAnswers(host)
        look = partial(self._look, pictures, exchanges, sampling)
        plan = self._router.plan(route, exchanges, look) if self._router else look
        return Started(conversation.id, question_id, answer.id), plan

    def _look(
        self,
        pictures: PictureAnswers,
        exchanges: Sequence[Exchange],
        sampling: Sampling,
        record: AnswerRecord,
    ) -> Part:
        brief = partial(self._sights.briefing, looked_at(exchanges))
        return pictures.part(brief, sampling, record)

    def _answer(self, started: Started, plan: Plan) -> Generator[Event, None, None]:
        return write_answer(plan, AnswerRecord(self._sessions, started, self._save_every_s))
