"""`clover-train`: make instructions, train a bridge on them, measure it."""

import logging
import sys

import typer

from clover_chat.errors import CloverError
from training.commands.ablating import ablate
from training.commands.calibrating import calibration
from training.commands.converting import convert
from training.commands.familiarity import familiar
from training.commands.feedback import feedback
from training.commands.few_shot import few_shot
from training.commands.gating import gate
from training.commands.generating import generate
from training.commands.judging import compare, contradictions
from training.commands.learning import align, plan, tune
from training.commands.making import instructions
from training.commands.measuring import evaluate
from training.commands.reading import read
from training.commands.scripting import dialogues
from training.commands.season import season

app = typer.Typer(
    help="Make instructions, train the bridge of CLOVER Chat on them, and measure it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for verb in (
    instructions,
    generate,
    convert,
    align,
    tune,
    read,
    familiar,
    calibration,
    feedback,
    gate,
    season,
    dialogues,
    evaluate,
    contradictions,
    compare,
    few_shot,
    ablate,
    plan,
):
    app.command()(verb)


@app.callback()
def options() -> None:
    """Make instructions, train the bridge of CLOVER Chat on them, and measure it."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")


def main() -> None:
    """Run the command line; what a person can mend is said in one sentence."""
    try:
        app()
    except CloverError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
