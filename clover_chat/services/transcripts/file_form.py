"""A conversation as JSON: the form of version 1.

    format, version   "clover-chat-conversation" and 1; another version is refused
    notice            what it may be used for
    title, exported_at
    active            number of the message that the branch on screen ends with
    messages          of every branch, oldest first; numbered from 1, each after its `parent`
    pictures          patches of the messages, which name them by their place, from 0
    regions           regions of slides, named alike: level-0 pixels, the slide's id, and pixels

Pixels are PNG in base64. Ids, hashes and times in a file say where it comes from; whoever takes it
in believes none of them.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, StringConstraints

from clover_chat.types import Author, Ending, Kind, Role

FORMAT: Final = "clover-chat-conversation"
VERSION: Final = 1

_LARGEST = 2**31 - 1
_LARGEST_ID = 64

Short = Annotated[str, StringConstraints(max_length=255)]
Coordinate = Annotated[int, Field(ge=-_LARGEST, le=_LARGEST)]
Side = Annotated[int, Field(gt=0, le=_LARGEST)]
Share = Annotated[float, Field(ge=0, le=1)]
Places = tuple[NonNegativeInt, ...]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class PictureForm(_Form):
    """A patch; None where its pixels were not kept any more."""

    width: PositiveInt
    height: PositiveInt
    png: str | None = None


class RegionForm(_Form):
    """A rectangle of a slide in level-0 pixels; `png` shows all of it, as the model saw it."""

    slide: Annotated[str, StringConstraints(max_length=_LARGEST_ID)]
    x: Coordinate
    y: Coordinate
    width: Side
    height: Side
    name: Short = ""
    width_um: float | None = None
    height_um: float | None = None
    magnification: float | None = None
    png: str | None = None


class PartForm(_Form):
    """A stretch of an answer by one author."""

    author: Author
    text: str
    entry: Short | None = None
    title: str | None = None
    source: str | None = None
    cut_reason: str | None = None


class ModelForm(_Form):
    """How an answer came about."""

    preset: Short | None = None
    bridge_version: Short | None = None
    bridge_hash: Short | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    kind: Kind | None = None
    kind_confidence: Share | None = None


class MessageForm(_Form):
    """A question or an answer."""

    number: PositiveInt
    parent: PositiveInt | None = None
    role: Role
    text: str
    status: Ending = Ending.COMPLETE
    written_at: datetime | None = None
    pictures: Places = ()
    regions: Places = ()
    parts: tuple[PartForm, ...] = ()
    model: ModelForm | None = None


class FileForm(_Form):
    """A whole file."""

    format: Literal["clover-chat-conversation"]
    version: Literal[1]
    notice: str = ""
    title: Short = ""
    exported_at: datetime | None = None
    active: PositiveInt
    messages: Annotated[tuple[MessageForm, ...], Field(min_length=1)]
    pictures: tuple[PictureForm, ...] = ()
    regions: tuple[RegionForm, ...] = ()
