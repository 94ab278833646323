"""Conversations as files: what their owner may export, and taking an exported one in again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session, sessionmaker

from clover_chat.errors import ConversationNotFound
from clover_chat.knowledge.search import Shelf
from clover_chat.services.branches import siblings
from clover_chat.services.patches import png_bytes, preview_bytes
from clover_chat.services.regions import SlideRegions
from clover_chat.services.sights import Sights
from clover_chat.services.transcripts.figures import FigureFiles
from clover_chat.services.transcripts.intake import read_file, read_pixels
from clover_chat.services.transcripts.keeping import Keeper
from clover_chat.services.transcripts.luggage import unpack
from clover_chat.services.transcripts.markdown import to_markdown
from clover_chat.services.transcripts.report import to_html
from clover_chat.services.transcripts.to_file import to_json
from clover_chat.services.transcripts.transcript import Entry, Transcript
from clover_chat.services.views import view_of
from clover_chat.storage import conversations, pictures
from clover_chat.storage.database import reading
from clover_chat.storage.images import ImageStore
from clover_chat.storage.tables import Message, utc_now
from clover_chat.types import Sampling


class FileKind(StrEnum):
    """What a conversation can be exported as; the values are suffixes of files."""

    MARKDOWN = "md"
    JSON = "json"
    HTML = "html"


@dataclass(frozen=True)
class Exported:
    """A conversation as a file.

    Attributes:
        name: Tells the moment, and nothing of what was asked.
        text: The whole file.
    """

    name: str
    text: str


@dataclass(frozen=True)
class Imported:
    """A conversation that was taken in.

    Attributes:
        conversation_id: Where it is now.
        sentence: What became of it, for the person at the screen.
    """

    conversation_id: str
    sentence: str


class TranscriptService:
    """Exports and imports conversations; holds nothing of any one person.

    Args:
        sessions: The database.
        images: Where patches lie.
        shelf: Tells whether a quotation is one.
        regions: Reads regions of slides; None where there are no slides.
        can_see: Tells whether a person may see a slide.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        images: ImageStore,
        shelf: Shelf,
        regions: SlideRegions | None = None,
        can_see: Callable[[str, str], bool] = lambda _owner, _slide_id: False,
    ) -> None:
        self._sessions = sessions
        self._images = images
        self._shelf = shelf
        self._regions = regions
        self._sights = Sights(images, regions)
        self._figures = FigureFiles(regions)
        self._can_see = can_see

    def export(self, owner: str, conversation_id: str, kind: FileKind) -> Exported:
        """Return a conversation as a file: the branch on screen, or as JSON every branch.

        Raises:
            ConversationNotFound: No such conversation belongs to this person, or it is empty.
        """
        transcript = self.transcript(owner, conversation_id)
        name = f"clover-chat-{transcript.exported_at:%Y-%m-%d-%H%M%S}.{kind}"
        return Exported(name, self._text(transcript, kind))

    def transcript(self, owner: str, conversation_id: str) -> Transcript:
        """Return all that a file tells of a conversation, but its pixels.

        Raises:
            ConversationNotFound: As for `export`.
        """
        with reading(self._sessions) as session:
            conversation = conversations.get_conversation(
                session, owner=owner, conversation_id=conversation_id
            )
            messages = conversations.list_messages(session, conversation_id=conversation_id)
            if not messages:
                raise ConversationNotFound("There is nothing in this conversation yet.")
            return Transcript(
                title=conversation.title,
                exported_at=utc_now(),
                active_id=conversation.active_leaf_id,
                entries=tuple(self._entries(messages)),
            )

    def take_in(self, owner: str, data: bytes) -> Imported:
        """Keep an exported conversation as a new one of this person, whole or not at all.

        Ids, hashes and owners in the file count for nothing. A region stays one where this person
        may see its slide here, and becomes a picture of it elsewhere.

        Raises:
            TranscriptError: The file cannot be used; nothing was kept.
        """
        form = read_file(data)
        visible = [self._can_see(owner, each.slide) for each in form.regions]
        luggage = unpack(form, read_pixels(form), self._regions, visible)
        kept = self._keep(Keeper(owner, form, luggage, self._shelf))
        return Imported(kept, f"The conversation was imported. {luggage.told}".strip())

    def _text(self, transcript: Transcript, kind: FileKind) -> str:
        if kind is FileKind.MARKDOWN:
            return to_markdown(transcript)
        write = to_json if kind is FileKind.JSON else to_html
        return write(transcript, self._figures)

    def _keep(self, keeper: Keeper) -> str:
        images = keeper.luggage.images
        new = [key for key in images if not self._images.exists(key)]
        try:
            with self._sessions.begin() as session:
                for key, image in images.items():
                    self._images.put(key, png_bytes(image), preview_bytes(image))
                    pictures.add_image(
                        session, key=key, width=image.width, height=image.height, origin="upload"
                    )
                return keeper.keep(session)
        except BaseException:
            self._forget(new)
            raise

    def _forget(self, keys: Sequence[str]) -> None:
        """Delete the files of pictures that came to nothing, unless somebody brought them since."""
        with reading(self._sessions) as session:
            known = pictures.known_images(session, keys=keys)
        for key in set(keys) - known:
            self._images.remove(key)

    def _entries(self, messages: Sequence[Message]) -> list[Entry]:
        versions = siblings(messages)
        return [self._entry(message, versions[message.id]) for message in messages]

    def _entry(self, message: Message, versions: tuple[int, ...]) -> Entry:
        how = message.generation
        return Entry(
            view=view_of(message, versions, self._images, self._sights.region_view),
            parent_id=message.parent_id,
            written_at=message.created_at,
            preset=how.preset if how else None,
            sampling=Sampling(how.temperature, how.top_p, how.max_tokens, how.seed)
            if how
            else None,
        )
