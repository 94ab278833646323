"""A reading for the miniature model, random and always the same."""

import torch

from clover_chat.model.reading import QUESTIONS, Choice, ReadingHead
from clover_chat.model.tiny import WIDTH

SEEN = 3 * WIDTH
"""Numbers of a picture that the miniature model reads: of its Q-Former, and of its encoder."""

LABELS = {
    "cells": ("basophil", "monocyte", "platelet"),
    "lung": ("lung adenocarcinoma", "normal (benign) lung tissue"),
}


def choice(names: tuple[str, ...], seed: int, temperature: float = 2.0) -> Choice:
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(len(names), SEEN, generator=generator).double()
    bias = torch.randn(len(names), generator=generator).double()
    return Choice(names, weight, bias, temperature)


def head(bridge: str = "b" * 64) -> ReadingHead:
    return ReadingHead(
        bridge=bridge,
        questions=QUESTIONS,
        organ=choice(("lung", "peripheral blood"), 1),
        stain=choice(("H&E", "May-Gruenwald-Giemsa"), 2),
        source=choice(tuple(LABELS), 3),
        labels={source: choice(names, 4) for source, names in LABELS.items()},
    )
