"""Fitting the scale of the encoder's features before a bridge is trained."""

import random
from typing import Protocol

from clover_chat.model.clover import CloverModel
from clover_chat.model.presets import preset
from clover_chat.model.seed import fit_scale
from training.batches import Views

PICTURES = 500


class PictureSampler(Protocol):
    """Draws pictures of every sort."""

    def pictures(self, count: int, rng: random.Random) -> list[Views]:
        """Return `count` pictures."""
        ...


def standardise(model: CloverModel, sampler: PictureSampler, seed: int) -> None:
    """Fit the scale of a bridge that has none yet; one that was seeded goes on saying the same."""
    if model.feature_scale.is_fitted:
        return
    rng = random.Random(seed)  # noqa: S311 - not a secret
    device = model.query_tokens.device
    pictures = [views[0].float().to(device) for views in sampler.pictures(PICTURES, rng)]
    if preset(model.config.preset).has_seed:
        fit_scale(model, pictures)
    else:
        model.feature_scale.fit(pictures)
