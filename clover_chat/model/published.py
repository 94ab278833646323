"""Models and tokenizers out of published folders, checked against what was expected."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tokenizers import Tokenizer
from transformers import (
    AutoConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging as transformers_logging

from clover_chat.model.folders import CONFIG, ModelFolder
from clover_chat.model.frozen import Places
from clover_chat.types import ModelState, Stage

PARTS = ("vision_config", "qformer_config", "text_config")
COMPARED = (
    "model_type",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "d_ff",
    "patch_size",
)
"""What configurations of one architecture share; a vocabulary may have been padded."""
WORDS = ("shared.weight", "embed_tokens.weight")


def read_architecture(folder: ModelFolder, expected: PreTrainedConfig) -> PreTrainedConfig:
    """Return a folder's configuration.

    Args:
        folder: Whose.
        expected: The architecture it must have.

    Raises:
        WeightsError: It is another one; the message names both.
    """
    found_type = folder.read_json(CONFIG).get("model_type")
    if found_type != expected.model_type:
        raise folder.problem(
            f"holds a model of type {found_type!r}, expected {expected.model_type!r}"
        )
    try:
        found: PreTrainedConfig = AutoConfig.from_pretrained(folder.path, local_files_only=True)
    except Exception as error:  # each configuration class has errors of its own
        raise folder.problem(f"has a {CONFIG} that cannot be used ({error})") from error
    _compare(folder, "", found, expected)
    for part in PARTS:
        if getattr(expected, part, None) is not None:
            _compare(folder, part, getattr(found, part), getattr(expected, part))
    return found


def _compare(
    folder: ModelFolder, part: str, found: PreTrainedConfig, expected: PreTrainedConfig
) -> None:
    for name in COMPARED:
        has, wanted = getattr(found, name, None), getattr(expected, name, None)
        if has != wanted:
            where = f"{name} of its {part}" if part else name
            raise folder.problem(f"holds another model: {where} is {has!r}, expected {wanted!r}")


def read_model(
    folder: ModelFolder,
    kind: type[PreTrainedModel],
    config: PreTrainedConfig,
    places: Places,
    left_out: tuple[str, ...] = (),
) -> PreTrainedModel:
    """Return a model with its weights where `places` wants it.

    Args:
        folder: Where its weights are.
        kind: Its class.
        config: Its architecture.
        places: Told that it is being loaded, and where it shall live.
        left_out: Beginnings of the names of tensors that `kind` has no use for.

    Raises:
        WeightsError: A tensor is missing, foreign or of another shape.
    """
    places.report(ModelState(Stage.LOADING, f"Loading {folder.title}"))
    with _quiet():
        loaded: Any = kind.from_pretrained(
            folder.path,
            config=config,
            dtype=places.placement.dtype,
            local_files_only=True,
            use_safetensors=True,
            ignore_mismatched_sizes=True,  # refused below, in a sentence
            output_loading_info=True,
        )
    model, report = loaded
    _check_tensors(folder, report, left_out)
    placed: PreTrainedModel = model.eval().requires_grad_(False).to(places.placement.device)
    return placed


def _check_tensors(folder: ModelFolder, report: dict[str, Any], left_out: tuple[str, ...]) -> None:
    for name, found, expected in sorted(report["mismatched_keys"]):
        raise folder.problem(f"has {name!r} as {tuple(found)}, expected {tuple(expected)}")
    if missing := sorted(report["missing_keys"]):
        raise folder.problem(f"lacks {missing[0]!r} (missing tensors: {len(missing)})")
    unexpected = report["unexpected_keys"]
    if foreign := sorted(name for name in unexpected if not name.startswith(left_out)):
        raise folder.problem(f"holds {foreign[0]!r}, which belongs to no such model")


def check_words(folder: ModelFolder) -> None:
    """Refuse a folder without word embeddings; the library would take the output layer for them.

    Raises:
        WeightsError: It has none.
    """
    if not any(name.endswith(WORDS) for name in folder.names):
        raise folder.problem(f"lacks {WORDS[0]!r}, the word embeddings")


def read_tokenizer(folder: ModelFolder) -> PreTrainedTokenizerBase:
    """Return the language model's tokenizer, just as tokenizer.json has it.

    Raises:
        WeightsError: It is missing or damaged.
    """
    folder.read_json("tokenizer.json")
    try:
        found: PreTrainedTokenizerBase = PreTrainedTokenizerFast.from_pretrained(
            folder.path, local_files_only=True
        )
    except Exception as error:  # the tokenizers library raises nothing narrower
        raise folder.problem("has a damaged tokenizer.json") from error
    return found


def read_vocabulary(folder: ModelFolder, name: str) -> Tokenizer:
    """Return another vocabulary of the folder, such as the Q-Former's, by its file name.

    Raises:
        WeightsError: It is missing or damaged.
    """
    folder.read_json(name)
    try:
        return Tokenizer.from_file(str(folder.path / name))
    except Exception as error:  # the tokenizers library raises nothing narrower
        raise folder.problem(f"has a damaged {name}") from error


def digest_of(folder: ModelFolder, places: Places, *prefixes: str) -> str:
    """Return the SHA-256 of some tensors of a folder, computed once for the files as they lie."""
    path = places.cache_dir / "digests" / folder.stamp(*prefixes)
    if not path.exists():
        places.report(ModelState(Stage.LOADING, f"Checking {folder.title}, once"))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(folder.digest(*prefixes))
        part.replace(path)
    return path.read_text()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from reporting on a folder, because we do."""
    level = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
