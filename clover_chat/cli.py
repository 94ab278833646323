"""The verbs of the command line."""

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from clover_chat import bridge_verbs, logs, people_verbs, space
from clover_chat.config import Settings, load_settings
from clover_chat.errors import CloverError
from clover_chat.processor import share_fairly
from clover_chat.services.feedback.formats import Format
from clover_chat.types import Reason

cli = typer.Typer(
    help="Ask a small vision-language model about histology patches.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
models = typer.Typer(help="Frozen weights: what there is, and fetching them ahead of time.")
db = typer.Typer(help="The database of conversations.")
shelf = typer.Typer(help="The reference shelf: what people would correct on it.")
feedback = typer.Typer(help="What people think of answers: as files to train with.")
cli.add_typer(bridge_verbs.bridges, name="bridges", no_args_is_help=True)
cli.add_typer(people_verbs.people, name="people", no_args_is_help=True)
cli.add_typer(feedback, name="feedback", no_args_is_help=True)
cli.add_typer(shelf, name="shelf", no_args_is_help=True)
cli.add_typer(models, name="models", no_args_is_help=True)
cli.add_typer(db, name="db", no_args_is_help=True)

DAY = "%Y-%m-%d"
DataDir = Annotated[Path | None, typer.Option(help="Where conversations and patches are kept.")]


@cli.command()
def serve(
    share: Annotated[
        bool, typer.Option("--share", help="Ask for a temporary public link.")
    ] = False,
    public: Annotated[
        bool, typer.Option("--public", help="Let everybody with that link in, without a key.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    model: Annotated[str | None, typer.Option(help="Preset to answer with.")] = None,
    data_dir: DataDir = None,
    auth: Annotated[
        Path | None, typer.Option(help="File with one name:password a line; people must sign in.")
    ] = None,
) -> None:
    """Serve the page in the browser."""
    settings = _settings(
        defaults=space.settings(os.environ),
        share=share or None,
        public=public or None,
        host=host,
        port=port,
        model=model,
        data_dir=data_dir,
        auth=auth,
    )
    share_fairly()
    from clover_chat import bootstrap

    bootstrap.serve(settings)


@models.command("list")
def list_models() -> None:
    """List the presets."""
    from clover_chat.model import presets

    for preset in presets.PRESETS.values():
        typer.echo(f"{preset.name}\t{preset.summary}")


@models.command("fetch")
def fetch_model(
    model: Annotated[
        str | None, typer.Argument(help="Preset; the one in the settings if left out.")
    ] = None,
) -> None:
    """Fetch and convert a preset's frozen weights, so that later starts need no network."""
    from clover_chat.bootstrap import loading_host
    from clover_chat.types import Stage

    host = loading_host(_settings(model=model))
    said = ""
    for state in host.progress():
        sentence = state.detail or state.stage.value
        if sentence != said:
            typer.echo(sentence)
        said = sentence
    if host.state.stage is Stage.FAILED:
        host.engine()  # raises with the reason


@db.command()
def upgrade(data_dir: DataDir = None) -> None:
    """Bring the database's schema up to date; an SQLite file with rows is copied first."""
    from clover_chat.storage import migrate

    copy = migrate.upgrade(_settings(data_dir=data_dir).database)
    typer.echo(f"Up to date; the earlier state is in {copy}." if copy else "Up to date.")


@db.command()
def backup(data_dir: DataDir = None) -> None:
    """Copy the SQLite database, while it may be in use, and say where the copy lies."""
    from clover_chat.storage import migrate

    typer.echo(str(migrate.backup(_settings(data_dir=data_dir).database)))


@shelf.command()
def corrections(data_dir: DataDir = None) -> None:
    """List the corrections that people proposed, oldest first; nothing is changed by them."""
    from clover_chat.bootstrap import shelf_corrections

    for each in shelf_corrections(_settings(data_dir=data_dir)):
        line = " ".join(each.text.split())
        typer.echo(f"{each.at:%Y-%m-%d %H:%M}\t{each.entry_id}\t{each.owner}\t{line}")


@feedback.command("export")
def export_feedback(
    out: Annotated[Path, typer.Option(help="Folder; an earlier export in it is replaced.")],
    form: Annotated[Format, typer.Option("--format", help="What the files are for.")],
    since: Annotated[
        datetime | None, typer.Option(formats=[DAY], help="First day of judging, in UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=[DAY], help="Last day of judging, in UTC.")
    ] = None,
    person: Annotated[
        str | None, typer.Option(help="Who judged: the name of a sign-in, or local.")
    ] = None,
    bridge: Annotated[str | None, typer.Option(help="Version of the bridge that answered.")] = None,
    reason: Annotated[Reason | None, typer.Option(help="What was said to be wrong.")] = None,
    val_share: Annotated[
        float, typer.Option(help="Share set aside for validation, by slide and patch.")
    ] = 0.1,
    data_dir: DataDir = None,
) -> None:
    """Write what people think of answers into a folder, as far as they consent."""
    from clover_chat.bootstrap import export_feedback
    from clover_chat.services.feedback.selection import Filters

    filters = Filters(
        since=since.date() if since else None,
        until=until.date() if until else None,
        person=person,
        bridge_version=bridge,
        reason=reason,
    )
    tally = export_feedback(_settings(data_dir=data_dir), form, out, filters, val_share)
    for line in tally.sentences():
        typer.echo(line)


@feedback.command("pins")
def export_pins(
    out: Annotated[
        Path | None, typer.Option(help="Folder for the cases; earlier ones in it are replaced.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """List the pinned cases of everybody who consents, or write them for the gate."""
    from clover_chat.bootstrap import export_feedback, pinned_cases
    from clover_chat.services.feedback.pins import PINNED

    settings = _settings(data_dir=data_dir)
    for case in pinned_cases(settings):
        right = case.correction or case.answer
        typer.echo(f"{case.judged_on}\t{case.person[:12]}\t{case.question}\t{right}")
    if out:
        tally = export_feedback(settings, Format.JSONL, out, PINNED, 0.0)
        typer.echo(
            f"{tally.rows.total():,} pinned cases. Next: clover-train gate --pinned "
            f"{out / 'records.jsonl'} ..."
        )


def main(arguments: list[str] | None = None) -> None:
    """Run a verb; an error the person can mend is one sentence, not a traceback."""
    try:
        cli(args=arguments, prog_name="clover-chat")
    except CloverError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


def _settings(defaults: Mapping[str, object] | None = None, **options: object) -> Settings:
    given = {name: value for name, value in options.items() if value is not None}
    settings = load_settings(**{**(defaults or {}), **given})
    logs.configure(settings.log_level)
    return settings
