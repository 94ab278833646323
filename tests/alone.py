"""Starts the program with `--share` where there is no network but this machine's own, and looks.

    unshare --map-root-user --net python -m tests.alone DATA_DIR

Prints what it saw as JSON.
"""

import fcntl
import json
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
PORT = 7860  # nobody else is here


def raise_loopback() -> None:
    """Switch on the interface by which this machine reaches itself; a new network has it off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def main(data_dir: Path) -> dict[str, object]:
    """Return what the program said, how long it waited, and what its page answered."""
    raise_loopback()
    command = [sys.executable, "app.py", "--share", "--model", "clover-tiny"]
    command += ["--port", str(PORT), "--data-dir", str(data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            lines = [program.stdout.readline().strip() for _ in range(2)]
            started = time.perf_counter()
            while_asking = httpx.get(f"http://127.0.0.1:{PORT}/", timeout=60)
            lines.append(program.stdout.readline().strip())
            waited_s = time.perf_counter() - started
            after = httpx.get(f"http://127.0.0.1:{PORT}/", timeout=60)
        finally:
            program.terminate()
    return {
        "lines": lines,
        "waited_s": waited_s,
        "status_while_asking": while_asking.status_code,
        "status_after": after.status_code,
        "page": after.text,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
