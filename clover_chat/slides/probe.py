"""Opens an untrusted slide in a short-lived process, so that a crafted file takes no server down.

`probe(path)` starts `python -m clover_chat.slides.probe`, hands it the path on standard input (a
process list shows no name) and reads one line of JSON. The child limits its own memory and
processor time, opens the slide and reads where files that open tend to fail: a thumbnail, the
corners, the middle.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import clover_chat
from clover_chat.errors import SlideError, UnsupportedSlide
from clover_chat.slides.description import SlideDescription
from clover_chat.slides.geometry import Size
from clover_chat.slides.reader import MAX_REGION_PIXELS, Slide, UnreadableRegion

_MIB = 1024 * 1024
_THUMBNAIL = 256
_CORNER = 64


@dataclass(frozen=True)
class ProbeLimits:
    """What opening a slide may cost.

    Attributes:
        memory_mib: Address space of the process.
        cpu_s: Processor time.
        wall_s: Time on the clock.
    """

    memory_mib: int = 3072
    cpu_s: int = 20
    wall_s: float = 40.0


DEFAULT_LIMITS = ProbeLimits()


def probe(path: Path, limits: ProbeLimits = DEFAULT_LIMITS) -> SlideDescription:
    """Open and read a slide in a process of its own.

    Raises:
        UnsupportedSlide: It cannot be opened or read, crashed its reader or took too much.
    """
    request = json.dumps({"path": str(path.absolute()), "limits": asdict(limits)})
    try:
        child = subprocess.run(
            [sys.executable, "-m", "clover_chat.slides.probe"],
            input=request,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=limits.wall_s,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnsupportedSlide(
            f"Opening this slide took longer than {limits.wall_s:.0f} seconds and was given up."
        ) from error
    return _description(child.returncode, child.stdout)


def _environment() -> dict[str, str]:
    """Return what the child needs to find its modules, and none of our secrets."""
    root = str(Path(clover_chat.__file__).parents[1])
    kept = {
        name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ
    }
    return kept | {"PYTHONPATH": root, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _description(returncode: int, output: str) -> SlideDescription:
    try:
        reply = json.loads(output)
        if reply["reason"] is None:
            return SlideDescription.from_json(reply["description"])
        reason = str(reply["reason"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnsupportedSlide(_sentence_for_crash(returncode)) from error
    raise UnsupportedSlide(reason)


def _sentence_for_crash(returncode: int) -> str:
    if returncode < 0:
        return (
            "Opening this slide crashed its reader or took too much processor time, "
            f"so it was not opened (signal {-returncode})."
        )
    return "Opening this slide failed in an unexpected way, so it was not opened."


def main() -> None:
    """Answer one request on standard input; the child process's only work."""
    request = json.load(sys.stdin)
    _limit(ProbeLimits(**request["limits"]))
    json.dump(_answer(Path(request["path"])), sys.stdout)


def _answer(path: Path) -> dict[str, Any]:
    try:
        with Slide.open(path) as slide:
            _read_here_and_there(slide)
            return {"description": slide.description.to_json(), "reason": None}
    except UnreadableRegion:
        return {"reason": "This slide opens but its pixels cannot be read: the file is damaged."}
    except SlideError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": "Opening this slide takes more memory than is allowed here."}


def _read_here_and_there(slide: Slide) -> None:
    smallest = slide.description.levels[-1].size
    if smallest.width * smallest.height <= 2 * MAX_REGION_PIXELS:
        slide.thumbnail(_THUMBNAIL)
    bounds = slide.description.bounds
    for level, info in enumerate(slide.description.levels):
        size = Size(min(_CORNER, info.size.width), min(_CORNER, info.size.height))
        right = bounds.right - round(size.width * info.downsample)
        bottom = bounds.bottom - round(size.height * info.downsample)
        middle = (bounds.x + right) // 2, (bounds.y + bottom) // 2
        for x in (bounds.x, right):
            for y in (bounds.y, bottom):
                slide.read_region(x, y, level, size)
        slide.read_region(*middle, level, size)


def _limit(limits: ProbeLimits) -> None:
    """Bound what this process may take; systems without such limits only bound its time."""
    try:
        import resource
    except ImportError:
        return
    memory = limits.memory_mib * _MIB
    wanted = (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    )
    for kind, amount in wanted:
        with suppress(ValueError, OSError):  # an operator's own limit may already be lower
            resource.setrlimit(kind, (amount, amount))


if __name__ == "__main__":
    main()
