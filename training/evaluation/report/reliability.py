"""Whether a stated confidence can be believed: confidence against the share that is right."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from training.evaluation.scores import Scored

BINS = 10
_SIDE = 240  # of the square, in user units
_MARGIN = 36


class Bin(NamedTuple):
    """The answers of one range of confidence.

    Attributes:
        confidence: Their mean confidence.
        right: Share of them that is right.
        answers: How many.
    """

    confidence: float
    right: float
    answers: int


def bins(scored: Sequence[Scored]) -> list[Bin]:
    """Return the answers that state a confidence in ten equal ranges; empty ranges are left out."""
    stated = [(item.prediction.confidence, item.is_right) for item in scored]
    return binned((sure, is_right) for sure, is_right in stated if sure is not None)


def binned(stated: Iterable[tuple[float, bool]]) -> list[Bin]:
    """Return confidences, each with whether it was right, in ten equal ranges; none is empty."""
    gathered: dict[int, list[tuple[float, bool]]] = {}
    for confidence, is_right in stated:
        place = min(int(confidence * BINS), BINS - 1)
        gathered.setdefault(place, []).append((confidence, is_right))
    return [_bin(gathered[place]) for place in sorted(gathered)]


def calibration_error(found: Sequence[Bin]) -> float:
    """Return the mean gap between confidence and truth (ECE; Guo et al. 2017)."""
    total = sum(each.answers for each in found)
    return sum(abs(each.confidence - each.right) * each.answers for each in found) / total


def calibration_table(scored: Sequence[Scored]) -> str:
    """Return how far stated confidences can be believed, by kind of question, as Markdown."""
    kinds = sorted({item.prediction.kind for item in scored})
    rows = [(kind, [item for item in scored if item.prediction.kind == kind]) for kind in kinds]
    told = [(kind, len(asked), bins(asked)) for kind, asked in (*rows, ("all", scored))]
    lines = [
        "| kind | answers | state a confidence | right of these | calibration error |",
        "|---" * 5 + "|",
    ]
    for kind, asked, found in told:
        if found:
            stated = sum(each.answers for each in found)
            right = sum(each.right * each.answers for each in found) / stated
            error = f"{calibration_error(found):.3f}"
            lines.append(f"| {kind} | {asked:,} | {stated:,} | {right:.1%} | {error} |")
    return "\n".join(lines) if len(lines) > 2 else ""


def diagram(found: Sequence[Bin]) -> str:
    """Return a reliability diagram as SVG; a point on the diagonal can be believed."""
    most = max(each.answers for each in found)
    points = "".join(_point(each, most) for each in found)
    ticks = "".join(_tick(tenth) for tenth in (0, 5, 10))
    size = _SIDE + 2 * _MARGIN
    return (
        f'<svg class="reliability" viewBox="0 0 {size} {size}" role="img" '
        'aria-label="Confidence against share right">'
        f'<rect x="{_MARGIN}" y="{_MARGIN}" width="{_SIDE}" height="{_SIDE}"/>'
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>{ticks}{points}'
        f'<text x="{size // 2}" y="{size - 4}" text-anchor="middle">confidence, %</text>'
        f'<text x="{-size // 2}" y="12" text-anchor="middle" transform="rotate(-90)">right, %'
        "</text></svg>"
    )


def _bin(rows: Sequence[tuple[float, bool]]) -> Bin:
    count = len(rows)
    confidence = sum(confidence for confidence, _ in rows) / count
    return Bin(confidence, sum(is_right for _, is_right in rows) / count, count)


def _point(each: Bin, most: int) -> str:
    radius = 3 + 7 * (each.answers / most) ** 0.5
    sure, right = 100 * each.confidence, 100 * each.right
    told = f"{each.answers:,} answers: {sure:.0f}% sure, {right:.0f}% right"
    place = f'cx="{_x(each.confidence)}" cy="{_y(each.right)}" r="{radius:.1f}"'
    return f"<circle {place}><title>{told}</title></circle>"


def _tick(tenth: int) -> str:
    at, label = tenth / 10, f"{10 * tenth}"
    return (
        f'<text x="{_x(at)}" y="{_y(0) + 15:.1f}" text-anchor="middle">{label}</text>'
        f'<text x="{_x(0) - 6:.1f}" y="{_y(at) + 4:.1f}" text-anchor="end">{label}</text>'
    )


def _x(share: float) -> float:
    return round(_MARGIN + _SIDE * share, 1)


def _y(share: float) -> float:
    return round(_MARGIN + _SIDE * (1 - share), 1)
