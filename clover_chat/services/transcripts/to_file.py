"""A whole conversation, every branch of it, as JSON that can be taken in again."""

from base64 import b64encode
from collections.abc import Mapping, Sequence

from clover_chat.services.regions import RegionView
from clover_chat.services.transcripts.figures import FigureFiles
from clover_chat.services.transcripts.file_form import (
    FORMAT,
    VERSION,
    FileForm,
    MessageForm,
    ModelForm,
    PartForm,
    PictureForm,
    RegionForm,
)
from clover_chat.services.transcripts.transcript import RESEARCH_USE, Entry, Transcript
from clover_chat.services.views import PartView, PatchView


def to_json(transcript: Transcript, figures: FigureFiles) -> str:
    """Return a conversation as the text of a file; see `FileForm`."""
    entries = transcript.entries
    numbers = {entry.view.id: place for place, entry in enumerate(entries, 1)}
    patches = list(dict.fromkeys(each for entry in entries for each in entry.view.patches))
    regions = list(dict.fromkeys(each for entry in entries for each in entry.view.regions))
    form = FileForm(
        format=FORMAT,
        version=VERSION,
        notice=RESEARCH_USE,
        title=transcript.title,
        exported_at=transcript.exported_at,
        active=numbers[transcript.active_id or entries[-1].view.id],
        messages=tuple(_message(each, numbers, patches, regions) for each in entries),
        pictures=tuple(_picture(each, figures) for each in patches),
        regions=tuple(_region(each, figures) for each in regions),
    )
    return form.model_dump_json(indent=1, exclude_none=True)


def _message(
    entry: Entry,
    numbers: Mapping[int, int],
    patches: Sequence[PatchView],
    regions: Sequence[RegionView],
) -> MessageForm:
    view = entry.view
    return MessageForm(
        number=numbers[view.id],
        parent=numbers[entry.parent_id] if entry.parent_id else None,
        role=view.role,
        text=view.content,
        status=view.status,
        written_at=entry.written_at,
        pictures=tuple(map(patches.index, view.patches)),
        regions=tuple(map(regions.index, view.regions)),
        parts=tuple(map(_part, view.parts)),
        model=_model(entry),
    )


def _part(part: PartView) -> PartForm:
    quoted = part.quoted
    return PartForm(
        author=part.author,
        text=part.text,
        entry=quoted.entry_id if quoted else None,
        title=quoted.title if quoted else None,
        source=quoted.source if quoted else None,
        cut_reason=part.cut_reason,
    )


def _model(entry: Entry) -> ModelForm | None:
    if (sampling := entry.sampling) is None:
        return None
    view = entry.view
    return ModelForm(
        preset=entry.preset,
        bridge_version=view.bridge_version,
        bridge_hash=view.bridge_hash,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=sampling.max_tokens,
        seed=sampling.seed,
        kind=view.kind,
        kind_confidence=view.kind_confidence,
    )


def _picture(patch: PatchView, figures: FigureFiles) -> PictureForm:
    return PictureForm(width=patch.width, height=patch.height, png=_text(figures.patch(patch)))


def _region(region: RegionView, figures: FigureFiles) -> RegionForm:
    return RegionForm(
        slide=region.slide_id,
        x=region.x,
        y=region.y,
        width=region.width,
        height=region.height,
        name=region.name,
        width_um=region.width_um,
        height_um=region.height_um,
        magnification=region.magnification,
        png=_text(figures.region(region)),
    )


def _text(data: bytes | None) -> str | None:
    return b64encode(data).decode() if data is not None else None
