"""`clover-chat bridges`: which bridges there are, which one answers, and changing that."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from clover_chat import logs
from clover_chat.config import load_settings
from clover_chat.services.bridge_views import NOTHING, BridgeRow, BridgeView, Change
from clover_chat.services.bridges import BridgeService

bridges = typer.Typer(help="Bridges: which there are, which one answers, going on and back.")

DataDir = Annotated[Path | None, typer.Option(help="Where bridges are installed.")]
Model = Annotated[str | None, typer.Option(help="Preset whose bridges are meant.")]
Bridge = Annotated[str, typer.Argument(help="Name of a bridge, or a bridge folder.")]
_SHORT = 12
_SHOWN_FIGURES = 20


@bridges.command("list")
def list_bridges(model: Model = None, data_dir: DataDir = None) -> None:
    """List the bridges; the one that answers is marked with a star."""
    service = _service(model, data_dir)
    rows = service.rows()
    lines = [("", "name", "version", "SHA-256", "promoted (UTC)"), *map(_line, rows)]
    _say_table(lines)
    for row in rows:
        if row.problem:
            typer.echo(f"{row.name}: {row.problem}")
    _say_what_is_named(service)


@bridges.command()
def show(bridge: Bridge, model: Model = None, data_dir: DataDir = None) -> None:
    """Show what a bridge says of itself: card, parent, hashes, recipe, figures."""
    for line in _described(_service(model, data_dir).show(bridge)):
        typer.echo(line)


@bridges.command()
def promote(
    bridge: Bridge,
    called: Annotated[
        str | None, typer.Option("--as", help="Name for a folder from elsewhere.")
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Promote it even if its gate refused it.")
    ] = False,
    model: Model = None,
    data_dir: DataDir = None,
) -> None:
    """Have a bridge answer from the next question on, in a running server as well."""
    service = _service(model, data_dir)
    _say_change(service, service.promote(bridge, called=called, anyway=anyway))


@bridges.command()
def rollback(model: Model = None, data_dir: DataDir = None) -> None:
    """Have the bridge answer again that did before; once more goes further back."""
    service = _service(model, data_dir)
    _say_change(service, service.rollback())


@bridges.command()
def compare(first: Bridge, second: Bridge, model: Model = None, data_dir: DataDir = None) -> None:
    """List what two bridges differ in: hashes, what they were made from, figures."""
    found = _service(model, data_dir).compare(first, second)
    if not found:
        typer.echo("These bridges say the same of themselves.")
        return
    _say_table([("", first, second), *((each.what, each.left, each.right) for each in found)])


def _service(model: str | None, data_dir: Path | None) -> BridgeService:
    from clover_chat.bootstrap import bridges as bridges_of

    settings = load_settings(model=model, data_dir=data_dir)
    logs.configure(settings.log_level)
    return bridges_of(settings)


def _line(row: BridgeRow) -> tuple[str, ...]:
    promoted = f"{row.promoted_at:%Y-%m-%d %H:%M}" if row.promoted_at else NOTHING
    mark = "*" if row.is_active else ""
    return mark, row.name, row.version or NOTHING, row.sha256[:_SHORT] or NOTHING, promoted


def _described(view: BridgeView) -> Iterator[str]:
    folder, lineage = view.folder, view.folder.lineage
    yield f"{view.name}, version {folder.version} of {folder.preset}{_active(view)}"
    if folder.summary:
        yield folder.summary
    yield f"Folder: {folder.path}"
    yield f"Parent: {lineage.parent or NOTHING}"
    for promotion in view.promotions:
        yield f"{promotion.act.capitalize()} {promotion.at:%Y-%m-%d %H:%M}, gate: {promotion.gate}"
    yield from _listed("Files (SHA-256)", folder.files)
    yield from _listed("Frozen models (SHA-256)", folder.frozen)
    yield from _listed("Data (SHA-256)", lineage.data)
    yield from _listed("Recipe", {name: str(value) for name, value in lineage.recipe.items()})
    shown = dict(list(folder.figures.items())[:_SHOWN_FIGURES])
    yield from _listed("Measured", {name: str(figure) for name, figure in shown.items()})
    if more := len(folder.figures) - len(shown):
        yield f"  and {more} more figures in metrics.json"


def _active(view: BridgeView) -> str:
    return ", answers now" if view.is_active else ""


def _listed(title: str, values: Mapping[str, str]) -> Iterator[str]:
    if values:
        yield f"{title}:"
        width = max(map(len, values))
        yield from (f"  {name:<{width}}  {value}" for name, value in values.items())


def _say_change(service: BridgeService, change: Change) -> None:
    now = change.promotion
    bridge = f"{now.bridge} {now.version}".strip()
    digest = f" ({now.sha256[:_SHORT]})" if now.sha256 else ""
    act = now.act.capitalize()
    typer.echo(f"{act} {bridge}{digest}; {change.before} answered before.")
    if change.remark:
        typer.echo(change.remark)
    _say_what_is_named(service)


def _say_what_is_named(service: BridgeService) -> None:
    if service.named is not None:
        typer.echo(f"CLOVER_BRIDGE names {service.named}: that one answers, whatever is promoted.")


def _say_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
