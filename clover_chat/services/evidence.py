"""What an answer rests on: each picture the model was given, how large, and where it was read.

Nothing of it is kept; it follows from the picture, the question and the bridge, whenever its owner
asks.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PIL import Image
from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import QuestionError
from clover_chat.recent import Recent
from clover_chat.services.branches import branch_to, exchanges_of
from clover_chat.services.heat import heat_over
from clover_chat.services.patches import load_patch, png_bytes
from clover_chat.services.regions import Place, SlideRegions
from clover_chat.slides.geometry import magnification_at
from clover_chat.storage import conversations
from clover_chat.storage.database import reading
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import Message
from clover_chat.types import Author, Ending, Engine, Gaze, ModelHost, Picture, Role

_GAZES_KEPT = 256


@dataclass(frozen=True)
class Sighting:
    """One picture that the model was given.

    Attributes:
        width: As the encoder took it, in pixels.
        height: Likewise.
        magnification: At which it was seen, None where unknown.
        mpp: Micrometres per pixel at which it was seen, None where unknown.
        place: The rectangle of a slide that it shows, None for a patch.
        has_map: Whether it is known where it was read.
    """

    width: int
    height: int
    magnification: float | None
    mpp: float | None
    place: Place | None
    has_map: bool


@dataclass(frozen=True)
class Evidence:
    """What an answer rests on.

    Attributes:
        sightings: Each picture, in the order in which the model was given them.
        is_of_today: Whether another bridge than the one that answered says where it looks.
    """

    sightings: tuple[Sighting, ...]
    is_of_today: bool


@dataclass(frozen=True)
class _Look:
    """A picture of a question."""

    question: str
    picture: Picture
    place: Place | None = None


class EvidenceService:
    """Says what answers rest on, to the owners of their conversations only.

    Args:
        sessions: The database.
        images: Where patches lie.
        host: Where the model comes from.
        regions: Reads regions of slides; None where there are no slides.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        images: ImageStore,
        host: ModelHost,
        regions: SlideRegions | None = None,
    ) -> None:
        self._sessions = sessions
        self._images = images
        self._host = host
        self._regions = regions
        self._gazes: Recent[Gaze] = Recent(_GAZES_KEPT)

    def answers(self, owner: str, conversation_id: str) -> list[int | None]:
        """Return the answers on screen, in order: the id of each that rests on pictures, else None.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
        """
        with reading(self._sessions) as session:
            conversation = conversations.get_conversation(
                session, owner=owner, conversation_id=conversation_id
            )
            messages = conversations.list_messages(session, conversation_id=conversation_id)
            branch = branch_to(messages, conversation.active_leaf_id)
            answers = [each for each in branch if each.role is Role.ASSISTANT]
            seen = [each.has_sights for each in exchanges_of(branch)]
            return [
                answer.id if has_sights and _is_by_a_bridge(answer) else None
                for answer, has_sights in zip(answers, seen, strict=True)
            ]

    def of(self, owner: str, conversation_id: str, answer_id: int) -> Evidence:
        """Return what an answer rests on.

        Raises:
            ConversationNotFound: No such conversation belongs to this person.
            QuestionError: It holds no such answer, or none about a picture.
            CloverError: The model is not ready, or a picture is not there any more.
        """
        looks, bridge = self._looks(owner, conversation_id, answer_id)
        engine = self._host.engine()
        return Evidence(
            tuple(self._sighting(engine, look) for look in looks),
            is_of_today=engine.identity.bridge_hash != bridge,
        )

    def overlay(self, owner: str, conversation_id: str, answer_id: int, place: int) -> bytes:
        """Return a picture of an answer under the map of where it was read, as PNG.

        Args:
            owner: Who asks.
            conversation_id: Whose answer.
            answer_id: Which answer.
            place: Which of its pictures, from 0.

        Raises:
            ConversationNotFound, QuestionError, CloverError: As for `of`.
        """
        looks, _ = self._looks(owner, conversation_id, answer_id)
        if place >= len(looks):
            raise QuestionError("The model was not given so many pictures.")
        look, engine = looks[place], self._host.engine()
        gaze = self._gaze(engine, look)
        size = (gaze.width, gaze.height)
        image = look.picture.load().convert("RGB").resize(size, Image.Resampling.BICUBIC)
        return png_bytes(heat_over(image, gaze.rows) if gaze.rows else image)

    def _looks(
        self, owner: str, conversation_id: str, answer_id: int
    ) -> tuple[Sequence[_Look], str | None]:
        """Return the pictures of an answer, and the hash of the bridge that gave it."""
        with reading(self._sessions) as session:
            conversations.get_conversation(session, owner=owner, conversation_id=conversation_id)
            answer = conversations.get_message(
                session,
                conversation_id=conversation_id,
                message_id=answer_id,
                role=Role.ASSISTANT,
            )
            messages = conversations.list_messages(session, conversation_id=conversation_id)
            *_, last = exchanges_of(branch_to(messages, answer.parent_id))
            is_seen, bridge = _is_by_a_bridge(answer), _bridge(answer)
        if not (is_seen and last.has_sights):
            raise QuestionError("No model looked at a picture for this answer.")
        patches = [_Look(last.question, Picture(key, self._loader(key))) for key in last.patch_keys]
        regions = [
            _Look(last.question, picture, part)
            for place in last.places
            for part, picture in self._parts(place)
        ]
        return (*patches, *regions), bridge

    def _loader(self, key: str) -> Callable[[], Image.Image]:
        return partial(load_patch, self._images.path(key))

    def _parts(self, place: Place) -> list[tuple[Place, Picture]]:
        assert self._regions is not None
        parts = self._regions.parts(place)
        return [(part, self._regions.picture(part)) for part in parts]

    def _gaze(self, engine: Engine, look: _Look) -> Gaze:
        key = f"{engine.identity.bridge_hash} {look.picture.key} {look.question}"
        return self._gazes.get(key, lambda: engine.gaze(look.picture, look.question))

    def _sighting(self, engine: Engine, look: _Look) -> Sighting:
        gaze = self._gaze(engine, look)
        magnification = mpp = None
        if look.place is not None and self._regions is not None:
            slide, box = self._regions.description(look.place.slide_id), look.place.box
            downsample = math.sqrt(box.area / (gaze.width * gaze.height))
            magnification = magnification_at(slide.magnification, downsample)
            mpp = math.sqrt(slide.mpp.x * slide.mpp.y) * downsample if slide.mpp else None
        return Sighting(
            gaze.width, gaze.height, magnification, mpp, look.place, has_map=bool(gaze.rows)
        )


def _bridge(answer: Message) -> str | None:
    return answer.generation.bridge_hash if answer.generation else None


def _is_by_a_bridge(answer: Message) -> bool:
    """Tell whether a bridge wrote any of an answer here, for which it looks at pictures."""
    if _bridge(answer) is None or answer.status is Ending.WRITING:
        return False
    return not answer.parts or any(part.author is Author.BRIDGE for part in answer.parts)
