"""Runs the checkout as a Space would: its own environment, read-only files, storage or none.

    python -m tests.simulated_space WORK_DIR [--environment DIR] [--cache DIR]

A new environment gets what requirements.txt names and nothing else. The checkout is copied as git
knows it and made read-only, for root too, and `python app.py` runs in it with SPACE_ID set, once
with lasting storage and once without. Each time one question about the sample patch is asked over
HTTP, as the page does. Prints what came of it as JSON. A hub installs its package `spaces` besides;
without it Gradio's hot reloading, which nobody needs there, ends with a traceback in the log.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
PATIENCE_S = 900
AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Has the modes of files count for root."""


@dataclass(frozen=True)
class Outcome:
    """What one start came to."""

    answer: str
    kept: list[str]
    log: str


def checkout(target: Path) -> Path:
    """Copy the files that git knows, read-only."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    for folder, _, files in os.walk(target, topdown=False):
        for name in files:
            (Path(folder) / name).chmod(0o444)
        Path(folder).chmod(0o555)
    return target


def environment(folder: Path) -> Path:
    """Make an environment from requirements.txt alone and return its interpreter."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "-r", str(ROOT / "requirements.txt")]
        subprocess.run(install, check=True)
    return python


@contextmanager
def started(python: Path, code: Path, home: Path, **variables: str) -> Iterator[httpx.Client]:
    """Run `python app.py` and yield a browser at its page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {"PATH": os.environ["PATH"], "HOME": str(home), "GRADIO_SERVER_PORT": str(port)}
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    command = [*(AS_ANYBODY if os.getuid() == 0 else []), str(python), "app.py"]
    with (home / "log").open("w") as log:
        program = subprocess.Popen(
            command,
            cwd=code,
            env={**pip, **told, "SYSTEM": "spaces", "SPACE_ID": "lab/clover-chat", **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as browser:
                wait_until_ready(browser, program)
                yield browser
        finally:
            program.terminate()
            program.wait(60)


def wait_until_ready(browser: httpx.Client, program: "subprocess.Popen[bytes]") -> None:
    """Wait until the model answers."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and program.poll() is None:
        try:
            if browser.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(2)
    raise TimeoutError("The page did not become ready.")


def ask(browser: httpx.Client) -> str:
    """Ask about the sample patch and return the answer."""
    browser.get("/")  # brings the visitor's cookie
    config = browser.get("/config").json()
    events = config["dependencies"]
    welcome = next(each["id"] for each in config["components"] if _is_welcome(each))
    first = next(each for each in events if [welcome, "select"] in map(list, each["targets"]))
    follow = next(
        each
        for each in events
        if each["trigger_after"] == first["id"] and each["outputs"] == first["outputs"]
    )
    draft = {"text": "", "files": []}
    send(browser, first["id"], [draft, "", None, 0, 0.9, 64, 0], {"place": 0})
    return send(browser, follow["id"], [None])


def send(browser: httpx.Client, event: int, data: list[object], said: object = None) -> str:
    """Send an event and return its last message."""
    page = "simulated"
    body = {"data": data, "event_data": said, "fn_index": event, "session_hash": page}
    browser.post("/gradio_api/queue/join", json=body).raise_for_status()
    with browser.stream("GET", f"/gradio_api/queue/data?session_hash={page}") as stream:
        for line in stream.iter_lines():
            if '"process_completed"' in line:
                return line
    raise EOFError("The page ended before its answer.")


def _is_welcome(component: dict[str, dict[str, object]]) -> bool:
    return component["props"].get("elem_id") == "welcome"


def outcome(python: Path, code: Path, home: Path, storage: Path, **variables: str) -> Outcome:
    """Start once and ask."""
    with started(python, code, home, SPACE_STORAGE=str(storage), **variables) as browser:
        answer = ask(browser)
    log = (home / "log").read_text()
    kept = sorted(path.name for path in storage.glob("clover-chat/data/*"))
    return Outcome(answer, kept, log)


def main(work: Path, environment_dir: Path, cache_dir: Path | None) -> dict[str, Outcome]:
    """Start twice; return what came of it."""
    python = environment(environment_dir)
    code = checkout(work / "app")
    storage = work / "data"
    for folder in (work, storage, work / "home", work / "home2"):
        folder.mkdir(parents=True, exist_ok=True)
    variables = {"CLOVER_CACHE_DIR": str(cache_dir)} if cache_dir else {}
    with_storage = outcome(python, code, work / "home", storage, **variables)
    without = outcome(python, code, work / "home2", work / "none", **variables)
    return {"with": with_storage, "without": without}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--environment", type=Path)
    parser.add_argument("--cache", type=Path)
    given = parser.parse_args()
    found = main(given.work, given.environment or given.work / "environment", given.cache)
    sys.stdout.write(json.dumps({name: asdict(each) for name, each in found.items()}, indent=2))
