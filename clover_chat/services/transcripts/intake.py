"""A file that somebody brings, doubted in every respect before anything of it is kept."""

import binascii
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from PIL import Image
from pydantic import ValidationError

from clover_chat.errors import ImageError, TranscriptError
from clover_chat.services.patches import patch_of
from clover_chat.services.questions import LONGEST_QUESTION, storable
from clover_chat.services.sights import MOST_REGIONS
from clover_chat.services.transcripts.file_form import FORMAT, FileForm, MessageForm
from clover_chat.types import Role

LARGEST_FILE = 64 * 1024 * 1024
MOST_MESSAGES = 2_000
MOST_PICTURES = 200
MOST_PARTS = 20
MOST_MEGAPIXELS = 400
"""Of all pictures of a file together."""

LONGEST_TEXT = 100_000


@dataclass(frozen=True)
class Pixels:
    """The pictures of a file, by their places; None where the file has none.

    Attributes:
        pictures: Of the patches.
        regions: Of the regions.
    """

    pictures: tuple[Image.Image | None, ...]
    regions: tuple[Image.Image | None, ...]


def read_file(data: bytes) -> FileForm:
    """Read a file as far as it is text; see `FileForm`.

    Raises:
        TranscriptError: It is none of ours, or is too large, or does not hold together.
    """
    if len(data) > LARGEST_FILE:
        raise TranscriptError(
            f"This file has {len(data) / 2**20:.0f} MiB; up to {LARGEST_FILE / 2**20:.0f} MiB can "
            "be imported."
        )
    try:
        form = FileForm.model_validate_json(data)
    except ValidationError as error:
        raise TranscriptError(_sentence(error)) from error
    for problem in chain(_sizes(form), _tree(form), *map(_texts, form.messages)):
        raise TranscriptError(f"This file cannot be imported: {problem}.")
    return form


def read_pixels(form: FileForm) -> Pixels:
    """Decode the pictures of a file.

    Raises:
        TranscriptError: One of them is no picture, or they are too many pixels together.
    """
    room = MOST_MEGAPIXELS * 1_000_000
    decoded: list[Image.Image | None] = []
    files = [*(each.png for each in form.pictures), *(each.png for each in form.regions)]
    for place, png in enumerate(files, 1):
        decoded.append(image := None if png is None else _image(png, place))
        room -= image.width * image.height if image else 0
        if room < 0:
            raise TranscriptError(
                f"The pictures of this file have more than {MOST_MEGAPIXELS} megapixels together; "
                "that is more than can be imported at once."
            )
    patches = len(form.pictures)
    return Pixels(tuple(decoded[:patches]), tuple(decoded[patches:]))


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"])) or "the file"
    if first["loc"] == ("version",):
        return (
            "This conversation was exported by another version of CLOVER Chat, which writes it in "
            "another form; export it as version 1."
        )
    if first["type"] == "json_invalid" or first["loc"] == ("format",):
        return (
            "This file is no conversation that CLOVER Chat exported as JSON; choose one whose "
            f'"format" is "{FORMAT}".'
        )
    return (
        f"This file cannot be imported: at {where}, {first['msg'][:1].lower()}{first['msg'][1:]}."
    )


def _sizes(form: FileForm) -> Iterator[str]:
    if len(form.messages) > MOST_MESSAGES:
        yield f"it holds {len(form.messages):,} messages, and {MOST_MESSAGES:,} is the most"
    pictures = len(form.pictures) + len(form.regions)
    if pictures > MOST_PICTURES:
        yield f"it holds {pictures:,} pictures and regions, and {MOST_PICTURES} is the most"


def _tree(form: FileForm) -> Iterator[str]:
    """Tell what is wrong with the order of messages and with what they point at."""
    roles: dict[int, Role] = {}
    answered: set[int] = set()
    for message in form.messages:
        number, parent = message.number, message.parent
        if number != len(roles) + 1:
            yield f"message {number} stands where message {len(roles) + 1} should"
        if parent is None and message.role is not Role.USER:
            yield f"message {number} is an answer to no question"
        if parent is not None and roles.get(parent) in (None, message.role):
            yield f"message {number} cannot follow message {parent}"
        if message.role is Role.ASSISTANT and parent is not None:
            answered.add(parent)
        roles[number] = message.role
        yield from _pointers(form, message)
    for number, role in roles.items():
        if role is Role.USER and number not in answered:
            yield f"question {number} has no answer"
    if roles.get(form.active) is not Role.ASSISTANT:
        yield f"message {form.active}, which should be on screen, is no answer"


def _pointers(form: FileForm, message: MessageForm) -> Iterator[str]:
    shown = (*message.pictures, *message.regions)
    if shown and message.role is not Role.USER:
        yield f"answer {message.number} brings pictures"
    if message.role is Role.USER and (message.parts or message.model):
        yield f"question {message.number} is written like an answer"
    if len(message.regions) > MOST_REGIONS:
        yield f"question {message.number} is about more than {MOST_REGIONS} regions"
    if any(place >= len(form.pictures) for place in message.pictures) or any(
        place >= len(form.regions) for place in message.regions
    ):
        yield f"question {message.number} names a picture that the file does not hold"


def _texts(message: MessageForm) -> Iterator[str]:
    longest = LONGEST_QUESTION if message.role is Role.USER else LONGEST_TEXT
    texts: Sequence[str] = [message.text, *(part.text for part in message.parts)]
    if message.role is Role.USER and not storable(message.text):
        yield f"question {message.number} is empty"
    if len(message.parts) > MOST_PARTS or max(map(len, texts)) > longest:
        yield f"message {message.number} is too long"


def _image(png: str, place: int) -> Image.Image:
    try:
        return patch_of(b64decode(png, validate=True))
    except (binascii.Error, ValueError) as error:
        raise TranscriptError(f"Picture {place} of this file is damaged.") from error
    except ImageError as error:
        raise TranscriptError(f"Picture {place} of this file cannot be used: {error}") from error
