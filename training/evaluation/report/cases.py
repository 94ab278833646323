"""Pictures beside what was asked about them, what is right, and what was said."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO

from PIL import Image

from training.evaluation.comparison import Change
from training.evaluation.predictions import Prediction
from training.evaluation.report.markup import text
from training.evaluation.scores import Scored

SIDE = 192  # longest side of a picture, in pixels
QUALITY = 70
SAMPLED = 10
WORST = 60

Opener = Callable[[str], Image.Image | None]


class Thumbnails:
    """Makes small pictures that lie in the page itself.

    Args:
        open_image: Returns a picture by its hash, or None where it is not at hand.
    """

    def __init__(self, open_image: Opener) -> None:
        self._open = open_image
        self.html = cache(self._html)

    def _html(self, image: str) -> str:
        """Return a picture as HTML; the same one is made once."""
        picture = self._open(image)
        if picture is None:
            return '<div class="gone">picture not at hand</div>'
        small = picture.convert("RGB")
        small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        data = BytesIO()
        small.save(data, "WEBP", quality=QUALITY, method=4)
        width, height = small.size
        address = f"data:image/webp;base64,{b64encode(data.getvalue()).decode()}"
        return f'<img src="{address}" width="{width}" height="{height}" alt="">'


def sampled_cards(scored: Sequence[Scored], thumbnails: Thumbnails) -> str:
    """Return ten images of each source, picked by their hashes, which know nothing of answers.

    The answers stand in the order in which they were asked for.
    """
    chosen: list[str] = []
    cases = _by_image(scored)
    for source in sorted({item.prediction.source for item in scored}):
        mine = sorted(image for image, rows in cases.items() if rows[0].prediction.source == source)
        chosen += mine[:SAMPLED]
    return _cards([cases[image] for image in chosen], thumbnails)


def worst_cards(scored: Sequence[Scored], thumbnails: Thumbnails) -> str:
    """Return the images with the most wrong answers, the wrong ones first."""
    cases = {image: rows for image, rows in _cases(scored).items() if _wrong(rows)}
    order = sorted(cases, key=lambda image: (-_wrong(cases[image]), image))
    return _cards([cases[image] for image in order[:WORST]], thumbnails)


def change_cards(
    changes: Sequence[Change], thumbnails: Thumbnails, most: int | None = WORST
) -> str:
    """Return answers that changed, the broken ones first, one card each; None shows all."""
    return "".join(_change_card(change, thumbnails) for change in changes[:most])


def _cases(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    """Return the answers by image, wrong ones first."""
    return {
        image: sorted(rows, key=lambda item: item.is_right)
        for image, rows in _by_image(scored).items()
    }


def _by_image(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    cases: dict[str, list[Scored]] = {}
    for item in scored:
        cases.setdefault(item.prediction.image, []).append(item)
    return cases


def _wrong(rows: Sequence[Scored]) -> int:
    return sum(not item.is_right for item in rows)


def _cards(cases: Sequence[Sequence[Scored]], thumbnails: Thumbnails) -> str:
    return "".join(
        _article(rows[0].prediction, "".join(map(_answer, rows)), thumbnails) for rows in cases
    )


def _answer(item: Scored) -> str:
    said = item.prediction
    mark = "right" if item.is_right else "wrong"
    pairs = answer_pair("Reference", said.reference) + answer_pair("Answer", said.answer)
    return f'<li class="{mark}">{_question(said, mark)}{pairs}</li>'


def _change_card(change: Change, thumbnails: Thumbnails) -> str:
    about = change.second
    mark = {"mended": "right", "broken": "wrong", "reworded": "same"}[change.verdict]
    pairs = (
        answer_pair("Reference", about.reference)
        + answer_pair("Before", change.first.answer)
        + answer_pair("Now", about.answer)
    )
    return _article(
        about, f'<li class="{mark}">{_question(about, change.verdict)}{pairs}</li>', thumbnails
    )


def _article(about: Prediction, answers: str, thumbnails: Thumbnails) -> str:
    named = f" {text(about.label)}" if about.label else ""
    head = f"<h3><small>{text(about.source)}</small>{named}</h3>"
    file = f"<p><code>{text(about.file or about.image[:12])}</code></p>"
    return (
        f"<article>{thumbnails.html(about.image)}"
        f"<div>{head}{file}<ol>{answers}</ol></div></article>"
    )


def _question(about: Prediction, word: str) -> str:
    kind, question = text(about.kind), text(about.question)
    return f"<p><small>{kind}</small> {question} <em>{word}</em></p>"


def answer_pair(name: str, words: str) -> str:
    """Return words under what they are."""
    shown = text(words) if words.strip() else "<small>nothing</small>"
    return f'<p class="pair"><span>{name}</span><b>{shown}</b></p>'
