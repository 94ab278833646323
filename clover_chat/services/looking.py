"""Looking over a slide: the places that differ most from each other, each with a short reading.

Places with tissue are embedded by the frozen encoder, those furthest from each other are chosen,
and the model says a line about each. It waits in line before every step, so that nobody's question
waits for the whole slide.
"""

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from clover_chat.errors import SlideError
from clover_chat.services.diversity import most_diverse
from clover_chat.services.regions import Place, RegionView, SlideRegions
from clover_chat.slides.geometry import Box
from clover_chat.slides.quality import quality_of
from clover_chat.types import Engine, ModelHost, Picture, Sampling, Stage, Turn, Waiting

logger = logging.getLogger(__name__)

SHOWN = 5
LOOKED_AT = 32
QUESTION = "Describe this image."
SAMPLING = Sampling(temperature=0.0, max_tokens=48)
NO_TISSUE = "No place with enough tissue to look at was found on this slide."


@dataclass(frozen=True)
class LookProgress:
    """How far looking over a slide is.

    Attributes:
        done: Steps done.
        total: Steps in all; 0 while that is not known yet.
        sentence: What is being done.
    """

    done: int
    total: int
    sentence: str


@dataclass(frozen=True)
class FoundRegion:
    """A place worth a look.

    Attributes:
        region: Where it is; stored, so it can be asked about.
        reading: What the model says about it, in a line.
        number: Counted from 1, for the viewer.
    """

    region: RegionView
    reading: str
    number: int = 0


@dataclass(frozen=True)
class LookSummary:
    """What was found in all; the last event."""

    text: str


LookEvent = LookProgress | FoundRegion | LookSummary


@dataclass(frozen=True)
class _Seen:
    """A place as the encoder sees it."""

    place: Place
    tissue_share: float
    features: tuple[float, ...]


def look_over(
    regions: SlideRegions,
    slide_id: str,
    host: ModelHost,
    mark: Callable[[Box], RegionView],
    *,
    count: int = SHOWN,
    limit: int = LOOKED_AT,
) -> Generator[LookEvent, None, None]:
    """Find the places that differ most and say what they show; closing the generator stops it.

    Args:
        regions: Reads regions.
        slide_id: Which slide.
        host: Where the model comes from.
        mark: Keeps a region.
        count: Places to show at most.
        limit: Places to look at at most.

    Raises:
        ModelError: The model cannot answer.
        SlideError: The slide cannot be read.
    """
    yield LookProgress(0, 0, "Finding the tissue")
    boxes = regions.candidates(slide_id, limit)
    if not boxes:
        yield LookSummary(NO_TISSUE)
        return
    steps = len(boxes) + min(count, len(boxes))
    engine = yield from _engine(host, steps)
    seen = yield from _look_at(regions, engine, [Place(slide_id, box) for box in boxes], steps)
    chosen = most_diverse([s.features for s in seen], [s.tissue_share for s in seen], count)
    readings = []
    for number, position in enumerate(chosen, 1):
        place = seen[position].place
        at = LookProgress(len(boxes) + number - 1, steps, f"Reading place {number}")
        readings.append((yield from _reading(engine, regions.picture(place), at)))
        yield FoundRegion(mark(place.box), readings[-1], number)
    yield LookProgress(steps, steps, "Done")
    tissue = regions.tissue(slide_id)
    yield LookSummary(summary(tissue.share(tissue.bounds), len(boxes), len(seen), readings))


def summary(tissue_share: float, looked_at: int, usable: int, readings: Sequence[str]) -> str:
    """Return in a few lines what was found; places that read the same share a line.

    Args:
        tissue_share: Tissue on the scanned area, 0 to 1.
        looked_at: Places looked at.
        usable: Those of them that hold tissue in focus.
        readings: What was said of the places shown, in order.
    """
    lines = [f"Tissue covers {tissue_share:.0%} of the scanned area."]
    if usable < looked_at:
        lines.append(f"{usable} of {looked_at} places looked at hold tissue in focus.")
    if len(readings) > 1:
        lines.append(f"Of {usable} places, these {len(readings)} differ most from each other:")
    numbers: dict[str, list[str]] = {}
    for number, reading in enumerate(readings, 1):
        numbers.setdefault(reading, []).append(str(number))
    lines += [f"{', '.join(places)}: {reading}" for reading, places in numbers.items()]
    return "\n".join(lines)


def one_line(answer: str) -> str:
    """Return the first line of an answer."""
    line = next((line.strip() for line in answer.splitlines() if line.strip()), "")
    return line or "The model said nothing about this place."


def _engine(host: ModelHost, steps: int) -> Generator[LookEvent, None, Engine]:
    if host.state.stage is not Stage.READY:
        for state in host.progress():
            yield LookProgress(0, steps, state.detail or "Loading the model")
    return host.engine()


def _look_at(
    regions: SlideRegions, engine: Engine, places: Sequence[Place], steps: int
) -> Generator[LookEvent, None, list[_Seen]]:
    seen = []
    for done, place in enumerate(places):
        at = LookProgress(done, steps, f"Looking at place {done + 1} of {len(places)}")
        yield at
        if (found := (yield from _seen(regions, engine, place, at))) is not None:
            seen.append(found)
    return seen


def _seen(
    regions: SlideRegions, engine: Engine, place: Place, at: LookProgress
) -> Generator[LookEvent, None, _Seen | None]:
    """Embed a place; one that is damaged, out of focus or empty after all is passed over."""
    picture = regions.picture(place)
    try:
        quality = quality_of(picture.load())
    except SlideError as error:
        logger.info("A place of a slide was passed over: %s", type(error).__name__)
        return None
    if quality.remarks:
        return None
    with engine.in_line() as line:
        yield from _waiting(line, at)
        return _Seen(place, quality.tissue_share, engine.embed(picture))


def _reading(engine: Engine, picture: Picture, at: LookProgress) -> Generator[LookEvent, None, str]:
    yield at
    pieces: list[str] = []
    with closing(engine.generate((Turn(QUESTION, (picture,)),), SAMPLING)) as generation:
        for piece in generation:
            if isinstance(piece, Waiting):
                yield from _waiting(iter([piece.place]), at)
            else:
                pieces.append(piece)
                yield at  # whoever wants to stop can do so after each word
    return one_line("".join(pieces))


def _waiting(line: Iterator[int], at: LookProgress) -> Iterator[LookEvent]:
    for place in line:
        yield LookProgress(at.done, at.total, f"Waiting in line, place {place}")
