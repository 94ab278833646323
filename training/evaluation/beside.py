"""The bridge beside its baselines, source by source: who names the label, and who does better."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from training.evaluation.baselines import LINEAR_PROBE
from training.evaluation.intervals import (
    Interval,
    interval,
    mean_of_means,
    paired_difference,
)
from training.evaluation.predictions import Prediction
from training.evaluation.scores import score_all

BRIDGE = "bridge"
KIND = "label"
"""The kind of question that every one of them answers."""
WITHIN = 0.02
"""So little under the linear probe a bridge may be."""
MEAN = "mean"

Rights = dict[tuple[str, str], float]
"""Whether an answer is right, 1 or 0, by image and question."""


@dataclass(frozen=True)
class Beside:
    """What everybody reaches on one source.

    Attributes:
        source: Set of pictures, or `MEAN` for the mean over those with several labels.
        labels: How many there are in it.
        rights: Share of right answers by who gave them, the bridge last.
        margin: The bridge's share minus the linear probe's; None where there is no probe.
    """

    source: str
    labels: int
    rights: dict[str, Interval]
    margin: Interval | None

    @property
    def is_within(self) -> bool:
        """Whether the bridge is no more than `WITHIN` under the probe; in the mean, above it."""
        least = 0.0 if self.source == MEAN else -WITHIN
        return self.margin is not None and self.margin.value >= least


def beside(
    predictions: Sequence[Prediction],
    baselines: Sequence[Sequence[Prediction]],
    names: Collection[str],
) -> list[Beside]:
    """Return the shares of right labels by source, and their mean; [] if nobody was asked.

    Args:
        predictions: The bridge's answers.
        baselines: Those of each baseline, named by their `bridge`.
        names: What can be named; see `score_all`.
    """
    answered = {answers[0].bridge: answers for answers in baselines if answers}
    answered[BRIDGE] = predictions
    rows: list[Beside] = []
    gathered: list[dict[str, Rights]] = []
    for source in sorted({item.source for item in predictions if item.kind == KIND}):
        mine = [item for item in predictions if item.source == source and item.kind == KIND]
        rights = {who: _rights(each, source, names) for who, each in answered.items()}
        labels = len({item.label for item in mine})
        rows.append(_row(source, labels, rights))
        if labels > 1:
            gathered.append(rights)
    return [*rows, _mean(gathered)] if len(gathered) > 1 else rows


def table(rows: Sequence[Beside]) -> str:
    """Return the shares in percent as a Markdown table, a row a source."""
    who = list(dict.fromkeys(name for row in rows for name in row.rights))
    heads = ["source", *who, "bridge minus probe", f"within {100 * WITHIN:g} points"]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for row in rows:
        cells = [_percent(row.rights.get(name)) for name in who]
        verdict = "-" if row.margin is None else "yes" if row.is_within else "no"
        lines.append("| " + " | ".join([row.source, *cells, _signed(row.margin), verdict]) + " |")
    return "\n".join(lines)


def _rights(answers: Sequence[Prediction], source: str, names: Collection[str]) -> Rights:
    mine = [item for item in answers if item.source == source and item.kind == KIND]
    return {
        (item.prediction.image, item.prediction.question): item.scores["right"]
        for item in score_all(mine, names)
    }


def _row(source: str, labels: int, rights: dict[str, Rights]) -> Beside:
    shares = {who: interval(_by_image(each)) for who, each in rights.items() if each}
    pairs = list(_paired(rights))
    return Beside(source, labels, shares, paired_difference(pairs) if pairs else None)


def _mean(gathered: Sequence[dict[str, Rights]]) -> Beside:
    """Return the mean over sources, each counting the same."""
    everybody = [who for who in gathered[0] if all(rights[who] for rights in gathered)]
    shares = {
        who: mean_of_means([_by_image(rights[who]) for rights in gathered]) for who in everybody
    }
    pairs = [list(_paired(rights)) for rights in gathered]
    margin = None
    if all(pairs):
        margin = mean_of_means([[(image, b - a) for image, a, b in each] for each in pairs])
    return Beside(MEAN, 0, shares, margin)


def _by_image(rights: Rights) -> list[tuple[str, float]]:
    return [(image, right) for (image, _), right in rights.items()]


def _paired(rights: dict[str, Rights]) -> Iterator[tuple[str, float, float]]:
    """Yield image, the probe's right and the bridge's for what both were asked."""
    probe, bridge = rights.get(LINEAR_PROBE, {}), rights[BRIDGE]
    for key, right in bridge.items():
        if key in probe:
            yield key[0], probe[key], right


def _percent(figure: Interval | None) -> str:
    if figure is None:
        return "-"
    return f"{100 * figure.value:.1f} ({100 * figure.low:.1f} to {100 * figure.high:.1f})"


def _signed(figure: Interval | None) -> str:
    if figure is None:
        return "-"
    return f"{100 * figure.value:+.1f} ({100 * figure.low:+.1f} to {100 * figure.high:+.1f})"
