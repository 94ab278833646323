"""The architecture of a bridge and of the models it stands between, saved beside its weights."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clover_chat.errors import BridgeError
from clover_chat.model.pixels import ImageInput

FORMAT = 1


@dataclass(frozen=True)
class PromptForm:
    """The words around a turn, in the language model's own chat format.

    A turn reads `before` [bridge tokens] question `between` answer `after`; turns follow each
    other, so that a conversation only ever grows at its end.
    """

    before: str = "<|im_start|>user\n"
    between: str = "<|im_end|>\n<|im_start|>assistant\n"
    after: str = "<|im_end|>\n"


@dataclass(frozen=True)
class CloverConfig:
    """One bridge between one encoder and one language model.

    Attributes:
        preset: Name of the combination it belongs to.
        version: Version of the bridge, shown with every answer it gave.
        frozen: SHA-256 of the frozen weights, by `vision_model` and `language_model`.
        qformer: Keyword arguments of transformers' `InstructBlipQFormerConfig`.
        num_query_tokens: Bridge tokens for each picture.
        has_summary: Mean and spread over a picture's patches are shown to the Q-Former beside them.
        max_question_tokens: Longest question the Q-Former reads, in its own tokens; the rest is cut
            for it alone.
        forms: Whole answers that the language model is held to, each with the labels of pictures it
            was true of, none where it hangs on no label; without answers it writes freely.
        image_input: How pictures are prepared for the encoder.
        prompt: The language model's chat format.
    """

    preset: str
    version: str
    frozen: dict[str, str]
    qformer: dict[str, Any]
    num_query_tokens: int = 32
    has_summary: bool = False
    max_question_tokens: int = 128
    forms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    image_input: ImageInput = field(default_factory=ImageInput)
    prompt: PromptForm = field(default_factory=PromptForm)

    def save(self, path: Path) -> None:
        """Write the configuration as JSON."""
        path.write_text(json.dumps({"format": FORMAT, **asdict(self)}, indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> "CloverConfig":
        """Read a saved configuration.

        Raises:
            BridgeError: The file is missing, is no JSON, or lacks a field.
        """
        try:
            values = json.loads(path.read_text())
            found = values.pop("format")
            image_input: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in values.pop("image_input").items()
            }
            prompt = PromptForm(**values.pop("prompt"))
            forms = {form: tuple(labels) for form, labels in values.pop("forms", {}).items()}
            config = cls(
                forms=forms, image_input=ImageInput(**image_input), prompt=prompt, **values
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BridgeError(
                f"{path.name} in the bridge folder {path.parent.name!r} is missing or "
                f"incomplete ({error}). Copy the whole bridge folder again."
            ) from error
        if found != FORMAT:
            raise BridgeError(f"The bridge has format {found}; this version reads format {FORMAT}.")
        return config
