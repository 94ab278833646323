"""How fast the default model answers, against bare transformers on the same weights.

python -m benchmarks.bench_model [BRIDGE_DIR]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import platformdirs
import torch
from PIL import Image

from benchmarks.rows import Row, at_most, faster, more, show
from clover_chat.model.clover import CloverModel
from clover_chat.model.engine import CloverEngine
from clover_chat.model.features import FeatureStore
from clover_chat.model.loading import open_model
from clover_chat.model.presets import Places, preset
from clover_chat.model.processor import CloverProcessor
from clover_chat.resources import resource_dir
from clover_chat.types import Picture, Sampling, Turn

PRESET = "clover-mini"
REPEATS = 7
TOKENS = 48
PAIRS = 5
QUESTION = "What is the diagnosis?"


def rows(bridge_dir: Path | None = None) -> list[Row]:
    """Measure and return every line."""
    bridge_dir = bridge_dir or resource_dir("assets") / "bridges" / PRESET
    cache_dir = platformdirs.user_cache_path("clover-chat")
    places = Places(cache_dir, None, lambda state: None)  # noqa: ARG005 - nobody watches
    model, processor, identity = open_model(preset(PRESET), bridge_dir, places)
    with tempfile.TemporaryDirectory() as scratch:
        engine = CloverEngine(model, processor, FeatureStore(Path(scratch)), identity)
        engine.warm_up()
        return [
            *_first_token(engine, model, processor),
            _decoding(engine, model),
            _held_answer(engine, model),
            _again(engine),
        ]


def _noise(seed: int) -> Picture:
    """Return a 448 px picture nobody has seen, so that its features are not kept."""
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 255, (448, 448, 3), generator=generator, dtype=torch.uint8)
    return Picture(f"noise-{seed}", lambda: Image.fromarray(pixels.numpy()))


def _first_token(engine: CloverEngine, model: CloverModel, processor: CloverProcessor) -> list[Row]:
    """Compare the first token of a new picture with a bare forward pass over the same prompt."""
    turn = Turn(QUESTION, (_noise(0),))
    embeds = engine._embed(processor.prompt([turn]))[None]

    language_model: Callable[..., object] = model.language_model

    @torch.inference_mode()
    def bare() -> None:
        language_model(inputs_embeds=embeds, use_cache=True, logits_to_keep=1)

    bare_s = _median(bare)
    unseen = [_noise(number) for number in range(1, REPEATS + 1)]
    new_s = statistics.median(_time_to_first_token(engine, picture) for picture in unseen)
    asked = [f"{QUESTION} {number}" for number in range(REPEATS)]
    seen_s = statistics.median(_time_to_first_token(engine, unseen[0], text) for text in asked)
    name = "first token, new 448 px patch / bare forward pass over the prompt, s"
    return [
        faster(name, new_s, bare_s, 1 / 2.5),
        faster("first token, patch seen before / new patch, s", seen_s, new_s, 1.0),
    ]


def _time_to_first_token(engine: CloverEngine, picture: Picture, question: str = QUESTION) -> float:
    with closing(engine.generate((Turn(question, (picture,)),), Sampling(max_tokens=1))) as answer:
        list(answer)
    assert answer.figures.time_to_first_token_s is not None
    return answer.figures.time_to_first_token_s


def _decoding(engine: CloverEngine, model: CloverModel) -> Row:
    """Compare our decoding with transformers' own `generate`.

    Same weights, a prompt of the same length, and both draw their tokens freely.
    """
    turn = Turn("Tell me a long story about glands.", (_noise(0),))
    long = Sampling(temperature=1.0, top_p=1.0, max_tokens=TOKENS, seed=3)
    forms, engine._processor.forms = engine._processor.forms, None

    def pair() -> tuple[float, float]:
        with closing(engine.generate((turn,), long)) as answer:
            list(answer)
        assert answer.figures.tokens_per_s is not None
        prompt = answer.figures.prompt_tokens
        seconds = _generate_s(model, prompt, TOKENS) - _generate_s(model, prompt, 1)
        return answer.figures.tokens_per_s, (TOKENS - 1) / seconds

    pairs = [pair() for _ in range(PAIRS)]
    engine._processor.forms = forms
    ours_rate, theirs_rate = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    return more("decoding / transformers.generate, tokens/s", ours_rate, theirs_rate, 1.0)


def _held_answer(engine: CloverEngine, model: CloverModel) -> Row:
    """Compare a whole answer that is chosen among those learnt with as many tokens written freely.

    What can only follow is read at once, so that few tokens wait for the one before them.
    """

    def pair(number: int) -> tuple[float, float]:
        turn = Turn("Describe the image.", (_noise(2000 + number),))
        with closing(engine.generate((turn,), Sampling())) as answer:
            ours = _time(list, answer)
        figures = answer.figures
        return ours, _generate_s(model, figures.prompt_tokens, figures.answer_tokens + 1)

    pairs = [pair(number) for number in range(PAIRS)]
    ours_s, theirs_s = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    name = "a description, first look included / as many tokens by transformers.generate, s"
    return faster(name, ours_s, theirs_s, 1.0)


@torch.inference_mode()
def _generate_s(model: CloverModel, prompt_tokens: int, tokens: int) -> float:
    """Return how long transformers' own `generate` takes for so many tokens."""
    ids = torch.arange(100, 100 + prompt_tokens)[None]
    generate: Callable[..., object] = model.language_model.generate  # type: ignore[assignment]
    started = time.perf_counter()
    generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=tokens,
        min_new_tokens=tokens,
        do_sample=True,
        top_k=0,
        pad_token_id=2,
    )
    return time.perf_counter() - started


def _again(engine: CloverEngine) -> Row:
    """Count how often the encoder runs for three questions about one picture."""
    model, runs = engine._model, 0
    encode = model.encode

    def counted(pixel_values: torch.Tensor) -> torch.Tensor:
        nonlocal runs
        runs += 1
        return encode(pixel_values)

    model.encode = counted  # type: ignore[method-assign]
    for question in ("What is it?", "Which organ?", "Which stain?"):
        _time_to_first_token(engine, _noise(1000), question)
    model.encode = encode  # type: ignore[method-assign]
    return at_most("encoder runs for three questions about one patch", runs, 1)


def _median(work: Callable[[], object]) -> float:
    work()
    return statistics.median(_time(work) for _ in range(REPEATS))


def _time(work: Callable[..., object], *arguments: object) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


if __name__ == "__main__":
    show(rows(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
