"""What training a preset takes, from its configuration alone: nothing is fetched or loaded.

h width, m width of the feed-forward part, a attention heads, b sequences of s tokens,
P image patches, Q query tokens
"""

from dataclasses import dataclass

from clover_chat.errors import TrainingError
from clover_chat.model.footprint import (
    OVERHEAD_BYTES,
    Footprint,
    count_patches,
    fitting_place,
    footprint,
    needs,
)
from clover_chat.model.machine import CPU, GPU, Machine, Placement, gigabytes
from clover_chat.model.presets import Preset

BRIDGE_ITEM_BYTES = 4  # the bridge, its gradients and Adam's states are float32


@dataclass(frozen=True)
class Batch:
    """One training step.

    Attributes:
        questions: How many are answered in it.
        tokens: Of each, in the language model: bridge tokens, question and answer.
        question_tokens: Of each, in the Q-Former.
        answer_tokens: Of each, on which the loss is computed.
    """

    questions: int = 12
    tokens: int = 128
    question_tokens: int = 32
    answer_tokens: int = 48


@dataclass(frozen=True)
class Training:
    """The bytes of one training process."""

    frozen: int
    bridge: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """All of them, with what the process itself takes."""
        parts = (self.frozen, self.bridge, self.gradients, self.optimizer, self.activations)
        return sum(parts) + OVERHEAD_BYTES


@dataclass(frozen=True)
class Plan:
    """What serving and training a preset takes.

    Attributes:
        chosen: The preset.
        footprint: Its parameters.
        patches: Image patches of a picture.
        batch: The training step planned for.
    """

    chosen: Preset
    footprint: Footprint
    patches: int
    batch: Batch

    def training(self, placement: Placement) -> Training:
        """Return the bytes that training takes there.

        Adam keeps two numbers for each trained one. Frozen weights have neither gradient nor state.
        """
        bridge = BRIDGE_ITEM_BYTES * self.footprint.bridge_parameters
        activations = self._language_activations(placement) + self._bridge_activations()
        return Training(
            frozen=self.footprint.frozen_bytes(placement),
            bridge=bridge,
            gradients=bridge,
            optimizer=2 * bridge,
            activations=activations,
        )

    def _language_activations(self, placement: Placement) -> int:
        """Return the bytes kept between the two passes through the language model.

        The loss reaches the bridge through every frozen layer. To each token and layer belong
        18 h + 8 m + 5 a s bytes in half precision, twice that in float32: Korthikanti et al. 2022
        (arXiv 2205.05198, section 4.1) with its 16 h of a plain feed-forward part replaced by
        8 m of a gated one. It is an upper bound, since frozen weights need no inputs kept.
        The answer tokens add a row of the vocabulary each, as logits and as their gradient.
        """
        config = self.footprint.language_config
        batch = self.batch
        layers = int(config.num_hidden_layers)
        if config.is_encoder_decoder:
            layers += int(config.num_decoder_layers)
        inner = int(getattr(config, "intermediate_size", None) or config.d_ff)
        token = _layer_bytes(
            int(config.hidden_size), 8 * inner, int(config.num_attention_heads), batch.tokens
        )
        kept = layers * token * batch.tokens * placement.dtype.itemsize // 2
        logits = 2 * batch.answer_tokens * int(config.vocab_size) * BRIDGE_ITEM_BYTES
        return batch.questions * (kept + logits)

    def _bridge_activations(self) -> int:
        """Return the bytes kept between the two passes through the Q-Former, in float32.

        As above with 4 m for the plain feed-forward part. Layers with cross-attention keep query,
        context and scores over the P patches besides, and their keys and values.
        """
        shape, patches = self.chosen.config.qformer, self.patches
        width, heads = int(shape["hidden_size"]), int(shape["num_attention_heads"])
        queries = self.chosen.config.num_query_tokens
        length = queries + self.batch.question_tokens
        token = _layer_bytes(width, 4 * int(shape["intermediate_size"]), heads, length)
        crossing = queries * (11 * width + 5 * heads * patches) + 4 * patches * width
        layers = int(shape["num_hidden_layers"])
        crossings = -(-layers // int(shape["cross_attention_frequency"]))
        halves = layers * length * token + crossings * crossing
        return self.batch.questions * halves * BRIDGE_ITEM_BYTES // 2

    def table(self, machine: Machine) -> str:
        """Return the plan as text for a person at this machine."""
        lines = [f"{self.chosen.name}: {self.chosen.summary}", "", *self._parameter_lines(), ""]
        lines += [*self._memory_lines(), ""]
        lines.append(
            f"A step has {self.batch.questions} questions of {self.batch.tokens} tokens. "
            f"This machine has {machine}."
        )
        return "\n".join(lines)

    def _parameter_lines(self) -> list[str]:
        found = self.footprint
        return [
            _row("parameters", ["millions"]),
            _row("  image encoder, frozen", [f"{found.vision_parameters / 1e6:,.1f}"]),
            _row("  language model, frozen", [f"{found.language_parameters / 1e6:,.1f}"]),
            _row("  bridge, trained", [f"{found.bridge_parameters / 1e6:,.1f}"]),
        ]

    def _memory_lines(self) -> list[str]:
        names = {CPU: "CPU, float32", GPU: "GPU, bfloat16"}
        places = [CPU, GPU] if self.chosen.uses_gpu else [CPU]
        serving = [self.footprint.serving_bytes(place) for place in places]
        training = [self.training(place) for place in places]
        columns = {
            "serving": serving,
            "training": [each.total for each in training],
            "  frozen weights": [each.frozen for each in training],
            "  bridge": [each.bridge for each in training],
            "  its gradients": [each.gradients for each in training],
            "  Adam's states": [each.optimizer for each in training],
            "  activations, at most": [each.activations for each in training],
        }
        rows = [_row(name, [gigabytes(size) for size in sizes]) for name, sizes in columns.items()]
        return [_row("memory", [names[place] for place in places]), *rows]

    def find_place(self, machine: Machine) -> Placement:
        """Return where on a machine the preset can be trained.

        Raises:
            TrainingError: Nowhere; the message says what it needs and what there is.
        """
        if place := fitting_place(self.chosen, self.footprint, machine, self._training_bytes):
            return place
        raise TrainingError(
            f"Training {self.chosen.name} needs {needs(self.chosen, self._training_bytes)}; this "
            f"machine has {machine}. Take a smaller preset, or fewer questions in a step."
        )

    def _training_bytes(self, placement: Placement) -> int:
        return self.training(placement).total


def plan(chosen: Preset, batch: Batch | None = None) -> Plan:
    """Return what serving and training a preset takes."""
    return Plan(chosen, footprint(chosen), count_patches(chosen), batch or Batch())


def _layer_bytes(width: int, inner_bytes: int, heads: int, length: int) -> int:
    """Return the half-precision bytes a token keeps in one layer."""
    return 18 * width + inner_bytes + 5 * heads * length


def _row(name: str, values: list[str]) -> str:
    return f"{name:28}" + "".join(f"{value:>15}" for value in values)
