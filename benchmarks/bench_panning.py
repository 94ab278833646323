"""How people who pan and an answer that streams get along, in one server with the default model.

    python -m benchmarks.bench_panning

The slide is generated, every tile is asked for once, so that none is in the cache, and the people
sit in a process of their own. A step of theirs is about a third of a screen.
"""

import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from PIL import Image

from benchmarks.rows import Row, at_most, more, show
from clover_chat import bootstrap
from clover_chat.bootstrap import build
from clover_chat.config import load_settings
from clover_chat.model.engine import CloverEngine
from clover_chat.serving import App
from clover_chat.types import Engine, Sampling, Turn
from tests.slides.pyramids import tissue_picture, write_jpeg_pyramid

ROOT = Path(__file__).parents[1]
OWNER = "local"
SIZE = (5120, 4096)  # pasted twice across and twice down
PEOPLE, STEPS, TILES_A_STEP = 8, 12, 6
STEP_S = 0.6
ALONE_S = 8.0
PATIENCE_S = 120


def rows() -> Iterator[Row]:
    """Measure and yield every line; takes about a minute."""
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (app, engine):
        paths = _tile_paths(app)
        _stream(engine, _after(ALONE_S / 4))
        without_ms, _ = _pan(app, engine, paths, is_answering=False)
        before = _stream(engine, _after(ALONE_S))
        with_ms, during = _pan(app, engine, paths, is_answering=True)
        alone = statistics.mean((before, _stream(engine, _after(ALONE_S))))
    what = f"{PEOPLE} people panning, 95th percentile of an uncached tile, ms"
    yield at_most(f"{what}, no answer under way", _percentile_95(without_ms), 150)
    yield at_most(f"{what}, while an answer streams", _percentile_95(with_ms), 150)
    yield more(f"decoding while {PEOPLE} people pan / alone, tokens/s", during, alone, 0.5)


@contextmanager
def _served(folder: Path) -> Iterator[tuple[App, Engine]]:
    """Serve one large slide beside the default model; yields once both are ready."""
    part = tissue_picture(*SIZE)
    whole = Image.new("RGB", (2 * SIZE[0], 2 * SIZE[1]))
    for place in ((0, 0), (SIZE[0], 0), (0, SIZE[1]), SIZE):
        whole.paste(part, place)
    (folder / "slides").mkdir()
    write_jpeg_pyramid(folder / "slides" / "slide.tif", whole, (1, 4, 16))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = load_settings(data_dir=folder / "data", port=port, slide_dir=folder / "slides")
    host = bootstrap.loading_host(settings)
    for _ in host.progress():
        pass
    app = build(settings, host)
    app.launch()
    try:
        engine = host.engine()
        assert isinstance(engine, CloverEngine)
        engine._processor.forms = None  # written freely, an answer is decoding and nothing else
        yield app, engine
    finally:
        app.close()


def _tile_paths(app: App) -> Iterator[str]:
    """Yield the address of each tile of the finest level once, in no order."""
    deadline = time.monotonic() + PATIENCE_S
    while not app.viewing.slides(OWNER):
        if time.monotonic() > deadline:
            raise TimeoutError("The slide was not found.")
        time.sleep(0.1)
    opened = app.viewing.open(OWNER, app.viewing.slides(OWNER)[0].id)
    finest = len(opened.source.levels) - 1
    columns, rows = opened.source.grid(finest)
    places = [(column, row) for column in range(columns) for row in range(rows)]
    random.Random(0).shuffle(places)  # noqa: S311 - only has to vary
    for column, row in places:
        yield f"/slides/{opened.slide.id}/tiles/{finest}/{column}_{row}?t={opened.token}"


def _pan(
    app: App, engine: Engine, paths: Iterator[str], *, is_answering: bool
) -> tuple[list[float], float]:
    """Let people pan, and return what their tiles took and how fast an answer was written."""
    people = [
        [[next(paths) for _ in range(TILES_A_STEP)] for _ in range(STEPS)] for _ in range(PEOPLE)
    ]
    address = f"127.0.0.1:{app.settings.port}"
    task = json.dumps({"address": address, "people": people, "step_s": STEP_S})
    command = [sys.executable, "-m", "benchmarks.people"]
    with (
        tempfile.TemporaryFile("w+") as asked,
        tempfile.TemporaryFile("w+") as told,
    ):
        asked.write(task)
        asked.seek(0)
        with subprocess.Popen(command, cwd=ROOT, stdin=asked, stdout=told) as process:  # noqa: S603
            rate = _stream(engine, lambda: process.poll() is not None) if is_answering else 0.0
        if process.returncode:
            raise RuntimeError("The people who pan gave up.")
        told.seek(0)
        return json.load(told), rate


def _stream(engine: Engine, is_over: Callable[[], bool]) -> float:
    """Write long answers until it is over, and return tokens per second."""
    tokens, seconds = 0, 0.0
    for seed in count():
        sampling = Sampling(temperature=1.0, top_p=1.0, max_tokens=512, seed=seed)
        turn = Turn("Tell me a long story about glands.", ())
        with closing(engine.generate((turn,), sampling)) as answer:
            started = None
            for _ in answer:
                started = started or time.perf_counter()
                if is_over():
                    break
        if started is not None:
            tokens += answer.figures.answer_tokens - 1
            seconds += time.perf_counter() - started
        if is_over():
            return tokens / seconds
    raise AssertionError("counting never ends")


def _after(seconds: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() > end


def _percentile_95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    show(rows())
