"""People who pan over slides, in a process of their own as their browsers are: asks for tiles.

Reads JSON from standard input: `address` of the server, `step_s`, and `people`, for each the steps
they take, for each step the paths of the tiles that come into sight. A person takes a step every
`step_s` seconds, or when the tiles of the last one are there, whichever is later. Prints how many
milliseconds each tile took, as JSON.
"""

import http.client
import json
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

CONNECTIONS = 6
"""Requests that a browser has under way at a time, for one server."""


class Person:
    """Somebody with a browser.

    Args:
        address: Host and port of the server.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._own = threading.local()
        self._loader = ThreadPoolExecutor(CONNECTIONS)

    def pan(self, steps: Sequence[Sequence[str]], step_s: float) -> list[float]:
        """Return how long each tile took, in milliseconds."""
        took_ms: list[float] = []
        due = time.perf_counter()
        for paths in steps:
            time.sleep(max(0.0, due - time.perf_counter()))
            due = time.perf_counter() + step_s
            took_ms += self._loader.map(self._load, paths)
        return took_ms

    def _load(self, path: str) -> float:
        started = time.perf_counter()
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(self._address, timeout=60)
        self._own.connection.request("GET", path)
        answer = self._own.connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise ConnectionError(f"A tile was refused with status {answer.status}.")
        return (time.perf_counter() - started) * 1000


def main() -> None:
    """Let everybody pan at once, none of them in step with another."""
    task = json.load(sys.stdin)
    people, step_s = task["people"], task["step_s"]

    def begin(place: int) -> list[float]:
        time.sleep(step_s * place / len(people))
        return Person(task["address"]).pan(people[place], step_s)

    with ThreadPoolExecutor(len(people)) as crowd:
        json.dump([ms for took in crowd.map(begin, range(len(people))) for ms in took], sys.stdout)


if __name__ == "__main__":
    main()
