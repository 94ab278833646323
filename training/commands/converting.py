"""The verb that makes records from published sets and from folders with a table."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import OnProblemOption
from training.instructions.problems import Accepted, OnProblem
from training.instructions.readers.collecting import Publication
from training.instructions.readers.folder import read_folder
from training.instructions.readers.llava import read_llava
from training.instructions.readers.pathvqa import read_pathvqa
from training.instructions.readers.quilt import read_quilt_1m, read_quilt_vqa
from training.instructions.records import Record, write_records


class Form(StrEnum):
    """Published formats."""

    PATHVQA = "pathvqa"
    QUILT_1M = "quilt-1m"
    QUILT_VQA = "quilt-vqa"
    LLAVA = "llava"
    FOLDER = "folder"


READERS: dict[Form, Callable[[Path, Publication], Accepted[Record]]] = {
    Form.PATHVQA: read_pathvqa,
    Form.QUILT_1M: read_quilt_1m,
    Form.QUILT_VQA: read_quilt_vqa,
    Form.LLAVA: read_llava,
    Form.FOLDER: read_folder,
}


def convert(
    form: Annotated[Form, typer.Argument(help="How the set was published.")],
    file: Annotated[Path, typer.Argument(help="Its table or JSON file.")],
    images: Annotated[Path, typer.Option(help="Folder its pictures lie in.")],
    out: Annotated[Path, typer.Option(help="File for the records.")],
    licence: Annotated[str, typer.Option(help="Under which its pictures may be used.")],
    source: Annotated[str, typer.Option(help="What to call the set; by default its format.")] = "",
    split: Annotated[str, typer.Option(help="Where its rows do not say.")] = "train",
    on_problem: OnProblemOption = OnProblem.SKIP,
) -> None:
    """Make records from a published set, or from a folder of pictures with a CSV."""
    publication = Publication(source or form.value, licence, split, images, on_problem)
    accepted = READERS[form](file, publication)
    typer.echo(accepted.summary)
    count = write_records(out, accepted.items)
    typer.echo(
        f"{out}: {count:,} records. Next: clover-train tune --instructions {out} --root {images} "
        "--out RUN"
    )
