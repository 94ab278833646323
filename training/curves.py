"""A run's log as a picture: a line for each figure over the steps, as SVG."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

WIDTH, HEIGHT, MARGIN = 640, 160, 36
LEFT_OUT = ("step", "rate", "s")
POINTS = 160
"""A line has at most so many points; each is the mean of the steps it stands for."""


def draw_curves(run_dir: Path) -> Path:
    """Draw `log.jsonl` of a run folder and return the picture's path."""
    rows = [json.loads(line) for line in (run_dir / "log.jsonl").read_text().splitlines()]
    path = run_dir / "curves.svg"
    path.write_text(curves(rows), encoding="utf-8")
    return path


def curves(rows: Sequence[dict[str, float]]) -> str:
    """Return the figures of a log as SVG, one panel below the other."""
    names = [
        name for name in dict.fromkeys(key for row in rows for key in row) if name not in LEFT_OUT
    ]
    panels = "".join(_panel(name, rows, place) for place, name in enumerate(names))
    height = max(1, len(names)) * HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="11"><rect width="{WIDTH}" height="{height}" '
        f'fill="#fff"/>{panels}</svg>\n'
    )


def _panel(name: str, rows: Sequence[dict[str, float]], place: int) -> str:
    told = _thinned([(row["step"], row[name]) for row in rows if name in row])
    first, last = told[0][0], told[-1][0]
    low, high = min(value for _, value in told), max(value for _, value in told)
    across = (WIDTH - 2 * MARGIN) / max(1, last - first)
    up = (HEIGHT - 2 * MARGIN) / ((high - low) or 1)
    bottom = (place + 1) * HEIGHT - MARGIN
    points = " ".join(
        f"{MARGIN + (step - first) * across:.1f},{bottom - (value - low) * up:.1f}"
        for step, value in told
    )
    return (
        f'<text x="{MARGIN}" y="{bottom - HEIGHT + 2 * MARGIN - 8}">{escape(name)}: '
        f"{low:.3g} to {high:.3g}, last {told[-1][1]:.3g}</text>"
        f'<path d="M{MARGIN} {bottom}H{WIDTH - MARGIN}" stroke="#999"/>'
        f'<text x="{MARGIN}" y="{bottom + 14}">{first:.0f}</text>'
        f'<text x="{WIDTH - MARGIN}" y="{bottom + 14}" text-anchor="end">step {last:.0f}</text>'
        f'<polyline points="{points}" fill="none" stroke="#0b7a55" stroke-width="1.5"/>'
    )


def _thinned(told: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    size = -(-len(told) // POINTS)
    parts = [told[start : start + size] for start in range(0, len(told), size)]
    return [(part[-1][0], sum(value for _, value in part) / len(part)) for part in parts]
