"""The operator's page: one file of HTML, its script and style, and what they ask for and change.

Only operators are answered. A change is taken from this very page only, and only where the page
knows what is so at that moment: it names the bridge that answers, so that two operators cannot undo
each other's work without seeing it.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from clover_chat.errors import CloverError, PromotionError
from clover_chat.services.bridges import BridgeService
from clover_chat.services.operation import OperationService
from clover_chat.services.retention import Retention
from clover_chat.ui.account import Account
from clover_chat.ui.answers import Line
from clover_chat.ui.look import WEB_DIR
from clover_chat.ui.people import People
from clover_chat.ui.posted import is_from_this_page, posted

OPERATOR_DIR = WEB_DIR / "operator"
LARGEST_ORDER = 4 * 1024
_NO_STORE = {"cache-control": "no-store"}
_CHANGED = "Another bridge answers by now. Look at the list again, then decide."
_CANNOT_READ = "This cannot be read; load the page again."

Order = dict[str, Any]


class OperatorRoutes:
    """Answers operators.

    Args:
        operation: Knows how the server is doing.
        bridges: Changes which bridge answers.
        retention: Deletes what is old.
        line: Tells how many answers are being written.
        people: Tells who is asking.
        account: Tells who is an operator.
    """

    def __init__(
        self,
        operation: OperationService,
        bridges: BridgeService,
        retention: Retention,
        line: Callable[[], Line],
        people: People,
        account: Account,
    ) -> None:
        self._operation = operation
        self._bridges = bridges
        self._retention = retention
        self._line = line
        self._people = people
        self._account = account
        self._page = (OPERATOR_DIR / "page.html").read_text(encoding="utf-8")
        self._files = {
            "operator.js": ((OPERATOR_DIR / "operator.js").read_bytes(), "text/javascript"),
            "operator.css": ((OPERATOR_DIR / "operator.css").read_bytes(), "text/css"),
        }

    def routes(self) -> list[BaseRoute]:
        """Return what goes in front of Gradio's own routes."""
        return [
            Route("/operator", self.without_slash),
            Route("/operator/", self.page),
            Route("/operator/state", self.state),
            Route("/operator/bridges/promote", self.promote, methods=["POST"]),
            Route("/operator/bridges/rollback", self.rollback, methods=["POST"]),
            Route("/operator/{name}", self.file),
        ]

    async def without_slash(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's signature
        """Lead to the page; what it loads lies below it."""
        return RedirectResponse("operator/", headers=_NO_STORE)

    async def page(self, request: Request) -> Response:
        """Send the page."""
        if not self._is_operator(request):
            return HTMLResponse(
                "<!doctype html><title>CLOVER Chat</title><p>This page is for operators of this "
                "server.</p>",
                403,
                headers=_NO_STORE,
            )
        return HTMLResponse(self._page, headers=_NO_STORE)

    async def file(self, request: Request) -> Response:
        """Send the script or the style."""
        if (found := self._files.get(request.path_params["name"])) is None:
            return _refusal("There is nothing at this address.", 404)
        return Response(found[0], media_type=found[1], headers={"cache-control": "no-cache"})

    async def state(self, request: Request) -> Response:
        """Send everything that the page shows."""
        if not self._is_operator(request):
            return _not_an_operator()
        return await _told(self._state)

    async def promote(self, request: Request) -> Response:
        """Have another bridge answer."""
        return await self._change(request, self._promote)

    async def rollback(self, request: Request) -> Response:
        """Have the bridge answer again that did before."""
        return await self._change(request, lambda _order: self._bridges.rollback())

    async def _change(self, request: Request, change: Callable[[Order], object]) -> Response:
        if not self._is_operator(request):
            return _not_an_operator()
        if not is_from_this_page(request):
            return _refusal("A change is taken from the operator's page only.", 403)
        order = await posted(request, LARGEST_ORDER)
        if order is None or not isinstance(order.get("before"), str):
            return _refusal(_CANNOT_READ, 422)
        return await _told(partial(self._changed, change, order))

    def _changed(self, change: Callable[[Order], object], order: Order) -> dict[str, Any]:
        if order["before"] != self._active():
            raise PromotionError(_CHANGED)
        change(order)
        return self._state()

    def _promote(self, order: Order) -> object:
        """Promote a bridge of the list; a page never names a folder."""
        wanted = str(order.get("bridge"))
        if wanted not in {row.name for row in self._bridges.rows()}:
            raise PromotionError("There is no such bridge any more. Look at the list again.")
        return self._bridges.promote(wanted)

    def _active(self) -> str:
        return next((row.name for row in self._bridges.rows() if row.is_active), "")

    def _state(self) -> dict[str, Any]:
        operation, state = self._operation, self._operation.host.state
        return {
            "model": {"stage": state.stage.value, "detail": state.detail},
            "readiness": asdict(operation.readiness()),
            "line": self._line()._asdict(),
            "counts": operation.counts()._asdict(),
            "places": [asdict(place) for place in operation.places()],
            "freeBytes": operation.free_bytes(),
            "failures": [
                {"kind": each.kind, "number": each.number, "at": each.last_at.isoformat()}
                for each in operation.failures()
            ],
            "bridges": [self._bridge(row) for row in self._bridges.rows()],
            "isBridgeNamed": self._bridges.named is not None,
            "retention": self._swept(),
        }

    def _bridge(self, row: Any) -> dict[str, Any]:
        promoted = row.promoted_at.isoformat() if row.promoted_at else None
        return {**asdict(row), "sha256": row.sha256[:12], "promoted_at": promoted}

    def _swept(self) -> dict[str, Any]:
        last = self._retention.last
        told = {**asdict(last), "at": last.at.isoformat()} if last else None
        return {"days": self._retention.days, "last": told}

    def _is_operator(self, request: Request) -> bool:
        return self._account.is_operator(self._people.viewer(request))


async def _told(work: Callable[[], dict[str, Any]]) -> Response:
    """Work in a thread, and turn what a service raises into a sentence with a status."""
    try:
        return JSONResponse(await to_thread.run_sync(work), headers=_NO_STORE)
    except CloverError as error:
        return _refusal(str(error), 422)


def _not_an_operator() -> Response:
    return _refusal("This page is for operators of this server.", 403)


def _refusal(sentence: str, status: int) -> Response:
    return JSONResponse({"sentence": sentence}, status, headers=_NO_STORE)
