"""What other programs ask a server: is it alive, can it work, and how much does it do.

None of it needs a sign-in, as none of it tells anything of anybody: yes, no and counts.
"""

from collections.abc import Callable, Iterator, Mapping

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from clover_chat.services.operation import OperationService
from clover_chat.ui.answers import Line

_NO_STORE = {"cache-control": "no-store"}
_TEXT_FORMAT = "text/plain; version=0.0.4"


class HealthRoutes:
    """Answers requests for health, readiness and metrics.

    Args:
        operation: Knows how the server is doing.
        line: Tells how many answers are being written.
        has_metrics: Whether counts are told.
    """

    def __init__(
        self, operation: OperationService, line: Callable[[], Line], *, has_metrics: bool
    ) -> None:
        self._operation = operation
        self._line = line
        self._has_metrics = has_metrics

    def routes(self) -> list[BaseRoute]:
        """Return what goes in front of Gradio's own routes."""
        always: list[BaseRoute] = [
            Route("/healthz", self.health),
            Route("/readyz", self.readiness),
        ]
        return [*always, Route("/metrics", self.metrics)] if self._has_metrics else always

    async def health(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's signature
        """Say that the server answers."""
        return PlainTextResponse("ok\n", headers=_NO_STORE)

    async def readiness(self, request: Request) -> Response:  # noqa: ARG002 - likewise
        """Say whether the server can do its work, with status 503 where it cannot."""
        found = await to_thread.run_sync(self._operation.readiness)
        said = {
            "model": found.is_model_ready,
            "database": found.is_database_writable,
            "disk": found.has_room,
        }
        return JSONResponse(said, 200 if found.is_ready else 503, headers=_NO_STORE)

    async def metrics(self, request: Request) -> Response:  # noqa: ARG002 - likewise
        """Send the counts in the text format of Prometheus."""
        lines = await to_thread.run_sync(lambda: list(self._metrics()))
        return PlainTextResponse(
            "\n".join(lines) + "\n", media_type=_TEXT_FORMAT, headers=_NO_STORE
        )

    def _metrics(self) -> Iterator[str]:
        operation, line = self._operation, self._line()
        readiness, counts = operation.readiness(), operation.counts()
        yield from _gauge("clover_ready", "The server can do its work.", int(readiness.is_ready))
        yield from _gauge("clover_answers_writing", "Answers being written.", line.writing)
        yield from _gauge("clover_answers_waiting", "Answers that wait.", line.waiting)
        yield from _gauges("clover_answers", "Answers kept.", "status", counts.answers)
        yield from _gauge("clover_conversations", "Conversations kept.", counts.conversations)
        yield from _gauge("clover_judgments", "Judgments kept.", counts.judgments)
        sizes = {place.name: place.size for place in operation.places()}
        yield from _gauges("clover_storage_bytes", "Room taken.", "place", sizes)
        yield from _gauge("clover_free_bytes", "Room left.", operation.free_bytes())
        failures = {each.kind: each.number for each in operation.failures()}
        yield from _gauges("clover_failures", "Errors since the start.", "kind", failures)


def _gauge(name: str, meaning: str, value: int) -> Iterator[str]:
    yield from (f"# HELP {name} {meaning}", f"# TYPE {name} gauge", f"{name} {value}")


def _gauges(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Iterator[str]:
    yield from (f"# HELP {name} {meaning}", f"# TYPE {name} gauge")
    for key, value in values.items():
        plain = key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
        yield f'{name}{{{label}="{plain}"}} {value}'
