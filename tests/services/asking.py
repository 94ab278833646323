"""A classifier and a small shelf for tests: the kind of a question is what the test says."""

from collections.abc import Mapping
from pathlib import Path

from clover_chat.knowledge.entries import read_shelf
from clover_chat.knowledge.kinds.classifier import Context, KindClassifier, Verdict
from clover_chat.knowledge.search import Shelf
from clover_chat.services.routing import Router
from clover_chat.types import Kind
from tests.knowledge.shelves import entry, write_shelf

EOSIN = (
    "Eosin is a pink dye of sections and smears that is taken up by proteins of cytoplasm, fibres "
    "and red cells; names of structures that hold it end in philic, and it stands beside a blue "
    "dye of nuclei in the routine method of most laboratories of the world today and long before."
)
COLON = (
    "Colon mucosa holds straight crypts that stand side by side like test tubes, with many goblet "
    "cells and few other cells between them; below lies a thin muscle, and above it a surface of "
    "tall cells that take up water, as every healthy large bowel does from its start to its end."
)


class ScriptedKinds(KindClassifier):
    """Says of each question what a script says, and remembers the situations.

    Args:
        script: Kind, topic and confidence by question; any other is about the picture.
    """

    def __init__(self, script: Mapping[str, tuple[Kind, str, float]]) -> None:
        self.contexts: list[Context] = []
        self._script = script

    def judge(self, question: str, context: Context) -> Verdict:
        self.contexts.append(context)
        kind, topic, sure = self._script.get(question, (Kind.PICTURE, "", 0.99))
        chances = dict.fromkeys(Kind, (1 - sure) / (len(Kind) - 1)) | {kind: sure}
        return Verdict(kind, topic, sure, chances)


def small_shelf(folder: Path) -> Shelf:
    """Return a shelf of two entries."""
    folder.mkdir(exist_ok=True)
    written = [
        entry("eosin", text=EOSIN, synonyms=["eosin Y"]),
        entry("colon-mucosa", title="Colon mucosa", text=COLON, kind="normal tissue"),
    ]
    return Shelf(read_shelf(write_shelf(folder, *written)))


def scripted_router(folder: Path, script: Mapping[str, tuple[Kind, str, float]]) -> Router:
    """Return a router over the small shelf."""
    return Router(ScriptedKinds(script), small_shelf(folder))
