"""A page about a set of records: what it holds, how long its texts are, and samples to look at."""

import base64
import html
import io
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PIL import Image

from training.instructions.pictures import Gallery
from training.instructions.problems import Problem
from training.instructions.records import ImageRef, Method, Record

THUMBNAIL = 160
"""Longest side of a sample's picture, in pixels."""

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; color: #222; }
h1, h2 { font-weight: 600; } h2 { margin-top: 2.2rem; }
table { border-collapse: collapse; margin: .6rem 2rem .6rem 0; display: inline-table;
  vertical-align: top; }
td, th { border-bottom: 1px solid #ddd; padding: .2rem .7rem; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.bar { background: #7a4b9a; height: .7rem; min-width: 1px; }
.sample { display: flex; gap: 1rem; border-top: 1px solid #ddd; padding: .8rem 0; }
.sample img { max-width: 160px; height: auto; }
.about { color: #666; font-size: .85rem; } .question { font-weight: 600; margin: .3rem 0 0; }
.answer { margin: 0 0 .3rem; }
"""


def save_overview(
    path: Path,
    records: Sequence[Record],
    roots: Sequence[Path],
    problems: Sequence[Problem] = (),
    samples: int = 24,
    seed: int = 0,
) -> None:
    """Write the page as one HTML file that needs nothing else.

    Args:
        path: The file.
        records: What it is about.
        roots: Folders the pictures' paths start from.
        problems: What was left out when the records were read.
        samples: How many records are shown, of every method alike.
        seed: Decides which.
    """
    gallery = Gallery(tuple(roots))
    shown = _some(records, samples, random.Random(seed))  # noqa: S311 - not a secret
    body = [
        f"<h1>{len(records):,} instruction records</h1>",
        "<h2>What they are</h2>",
        *(_counts(title, key(records)) for title, key in _COLUMNS.items()),
        "<h2>How long they are</h2>",
        _histogram("Words of a question", _words(records, "question"), 4),
        _histogram("Words of an answer", _words(records, "answer"), 8),
        _histogram("Turns of a conversation", [len(each.turns) for each in records], 1),
        "<h2>What was left out</h2>",
        _counts("reason", Counter(problem.kind for problem in problems)),
        *(f"<p class=about>{html.escape(str(problem))}</p>" for problem in problems[:20]),
        "<h2>Samples</h2>",
        *(_sample(record, gallery) for record in shown),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_page("\n".join(body)), encoding="utf-8")


def _page(body: str) -> str:
    head = f"<meta charset=utf-8><title>Instruction records</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>\n"


_COLUMNS: dict[str, Callable[[Sequence[Record]], Counter[str]]] = {
    "method": lambda records: Counter(record.provenance.method for record in records),
    "split": lambda records: Counter(record.split for record in records),
    "source": lambda records: Counter(record.source for record in records),
    "licence": lambda records: Counter(record.licence for record in records),
    "organ": lambda records: Counter(record.organ or "several" for record in records),
    "label": lambda records: Counter(record.label or "several or none" for record in records),
    "kind of turn": lambda records: Counter(
        turn.kind for record in records for turn in record.turns
    ),
    "pictures in a record": lambda records: Counter(str(len(each.images)) for each in records),
}


def _counts(title: str, counts: Counter[str]) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td class=number>{count:,}</td></tr>"
        for name, count in counts.most_common()
    )
    return f"<table><tr><th>{html.escape(title)}</th><th></th></tr>{rows}</table>"


def _words(records: Iterable[Record], part: str) -> list[int]:
    return [len(getattr(turn, part).split()) for record in records for turn in record.turns]


def _histogram(title: str, lengths: Sequence[int], width: int) -> str:
    """Return bars for lengths, `width` of them to a bar."""
    bins = Counter((length - 1) // width for length in lengths)
    most = max(bins.values(), default=1)
    rows = []
    for number in range(max(bins, default=-1) + 1):
        first, last = number * width + 1, (number + 1) * width
        name = str(first) if width == 1 else f"{first} to {last}"
        bar = f"<div class=bar style='width:{240 * bins[number] / most:.0f}px'></div>"
        rows.append(f"<tr><td>{name}</td><td class=number>{bins[number]:,}</td><td>{bar}</td></tr>")
    return f"<table><tr><th>{html.escape(title)}</th><th></th><th></th></tr>{''.join(rows)}</table>"


def _some(records: Sequence[Record], count: int, rng: random.Random) -> list[Record]:
    """Return records to look at, of every method alike as far as there are enough."""
    methods = [
        [record for record in records if record.provenance.method is method] for method in Method
    ]
    present = [of_method for of_method in methods if of_method]
    each = -(-count // max(1, len(present)))
    return [
        record
        for of_method in present
        for record in rng.sample(of_method, min(each, len(of_method)))
    ][:count]


def _sample(record: Record, gallery: Gallery) -> str:
    pictures = "".join(_thumbnail(image, gallery) for image in record.images)
    provenance = record.provenance
    about = f"{provenance.method}: {provenance.recipe} | {record.source} | {record.split}"
    names = ", ".join(image.path for image in record.images)
    turns = "".join(
        f"<p class=question>{html.escape(turn.question)} "
        f"<span class=about>{html.escape(turn.kind)}</span></p>"
        f"<p class=answer>{html.escape(turn.answer)}</p>"
        for turn in record.turns
    )
    told = f"<div class=about>{html.escape(about)}<br>{html.escape(names)}</div>"
    return f"<div class=sample><div>{pictures}</div><div>{told}{turns}</div></div>"


def _thumbnail(image: ImageRef, gallery: Gallery) -> str:
    """Return a small copy of a picture as an element of the page."""
    file = gallery.find(image.path)
    if file is None or gallery.complaint(image) is not None:
        return "<p class=about>picture not found</p>"
    with Image.open(file) as opened:
        picture = opened.convert("RGB")
    picture = picture.crop(image.crop) if image.crop else picture
    picture.thumbnail((THUMBNAIL, THUMBNAIL))
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=80)
    text = base64.b64encode(data.getvalue()).decode()
    return f"<img alt='{html.escape(image.path, quote=True)}' src='data:image/jpeg;base64,{text}'>"
