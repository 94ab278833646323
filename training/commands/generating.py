"""The verb that has a language model somewhere write instructions from captions."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from training.commands.options import InstructionsOption, OnProblemOption, RootsOption, records_of
from training.instructions.generation.asking import Asker, question_key
from training.instructions.generation.budget import Budget, Prices, estimate
from training.instructions.generation.endpoint import Endpoint
from training.instructions.generation.journal import Journal
from training.instructions.generation.records import caption_text, captions_of, generated_records
from training.instructions.problems import OnProblem
from training.instructions.records import write_records


def generate(
    instructions: InstructionsOption,
    out: Annotated[Path, typer.Option(help="File for the records; answers lie beside it.")],
    root: RootsOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would cost, and send nothing.")
    ] = False,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Limit over all runs, in tokens.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="Limit over all runs, in money.")
    ] = None,
    prompt_price: Annotated[float, typer.Option(min=0, help="Of a million tokens read.")] = 0,
    completion_price: Annotated[
        float, typer.Option(min=0, help="Of a million tokens written.")
    ] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Calls at a time.")] = 4,
    on_problem: OnProblemOption = OnProblem.SKIP,
) -> None:
    """Turn captions into questions and answers through an OpenAI-compatible endpoint.

    The endpoint is named by CLOVER_GENERATION_URL, CLOVER_GENERATION_MODEL and
    CLOVER_GENERATION_KEY. What was answered is kept: the same command goes on from there.
    """
    endpoint = Endpoint.from_environment()
    captions = captions_of(records_of(instructions, root, on_problem))
    journal = Journal(out.with_suffix(".answers.jsonl"))
    texts = sorted({caption_text(record) for record in captions})
    waiting = [text for text in texts if question_key(text, endpoint) not in journal]
    prices = Prices(prompt_price, completion_price)
    expected = estimate(waiting, len(texts) - len(waiting), endpoint.max_tokens, prices)
    typer.echo(expected.sentence)
    if dry_run:
        typer.echo("Nothing was sent. Next: the same without --dry-run, and with a limit.")
        return

    budget = Budget(max_tokens, max_cost, prices, journal.spent)
    asker = Asker(endpoint, journal, budget)
    try:
        outcome = asker.ask_all(waiting, workers, progress=lambda calls: _bar(calls, waiting))
    except KeyboardInterrupt:
        asker.stop()
        raise
    typer.echo(outcome.sentence)
    generated = generated_records(captions, journal, endpoint)
    typer.echo(generated.sifted.sentence)
    count = write_records(out, generated.records)
    typer.echo(f"{out}: {count:,} records. Next: clover-train tune --instructions {out} --out RUN")


def _bar(calls: Iterable[Future[str]], waiting: Sequence[str]) -> Iterable[Future[str]]:
    shown: Iterable[Future[str]] = tqdm(calls, total=len(waiting), unit="caption")
    return shown
