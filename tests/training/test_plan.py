import pytest
import torch
from transformers import InstructBlipQFormerConfig, InstructBlipQFormerModel

from clover_chat.errors import TrainingError
from clover_chat.model.full_size import FLAN_T5_XL
from clover_chat.model.machine import CPU, GPU, Machine
from clover_chat.model.presets import MINI, TINY
from clover_chat.model.tiny import tiny_llama
from training.plan import Batch, Plan, plan

GB = 10**9


class Kept:
    """Counts the bytes autograd keeps between the two passes, weights left out."""

    def __init__(self, module: torch.nn.Module) -> None:
        self._own = {parameter.untyped_storage().data_ptr() for parameter in module.parameters()}
        self._sizes: dict[int, int] = {}

    @property
    def total(self) -> int:
        return sum(self._sizes.values())

    def __call__(self, tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in self._own:
            self._sizes[storage.data_ptr()] = storage.nbytes()
        return tensor


@pytest.fixture(scope="module")
def flan() -> Plan:
    return plan(FLAN_T5_XL)


def test_a_trained_number_costs_sixteen_bytes_and_a_frozen_one_its_precision(flan: Plan) -> None:
    training = flan.training(GPU)
    trained = training.bridge + training.gradients + training.optimizer

    assert trained == 16 * flan.footprint.bridge_parameters
    assert training.frozen == 2 * flan.footprint.frozen_parameters
    assert training.total > trained + training.frozen


def test_the_table_names_all_parts_and_this_machine(flan: Plan) -> None:
    table = flan.table(Machine(64 * GB, 24 * GB))

    assert table.startswith("clover-flan-t5-xl: ")
    for part in ("bridge, trained", "serving", "training", "Adam's states", "GPU, bfloat16"):
        assert part in table
    assert "64.0 GB of main memory and a GPU with 24.0 GB" in table
    assert "GPU, bfloat16" not in plan(MINI).table(Machine(8 * GB))


def test_a_preset_the_machine_cannot_train_is_refused_in_a_sentence(flan: Plan) -> None:
    assert flan.find_place(Machine(200 * GB)) == CPU
    assert flan.find_place(Machine(32 * GB, 40 * GB)) == GPU
    with pytest.raises(TrainingError, match=r"needs .* of main memory, or a GPU with .* 16.0 GB"):
        flan.find_place(Machine(16 * GB))


def test_more_questions_in_a_step_take_more_memory() -> None:
    few, many = (plan(TINY, Batch(questions=count)).training(CPU) for count in (2, 8))
    assert many.activations == 4 * few.activations


def test_the_language_models_activations_are_no_more_than_planned() -> None:
    batch = Batch(questions=4, tokens=64, answer_tokens=16)
    model = tiny_llama()
    embeds = torch.randn(4, 64, 32, requires_grad=True)
    kept = Kept(model)
    with torch.autograd.graph.saved_tensors_hooks(kept, lambda tensor: tensor):
        hidden = model.base_model(inputs_embeds=embeds, use_cache=False).last_hidden_state
        loss = model.get_output_embeddings()(hidden[:, -16:]).logsumexp(-1).sum()
    loss.backward()

    planned = plan(TINY, batch)._language_activations(CPU)
    assert 0.2 * planned < kept.total < planned


def test_the_bridges_activations_are_about_what_is_planned() -> None:
    batch = Batch(questions=4, question_tokens=32)
    config = TINY.config
    qformer = InstructBlipQFormerModel(InstructBlipQFormerConfig(**config.qformer)).train()
    queries = torch.randn(4, config.num_query_tokens, 32, requires_grad=True)
    patches = torch.randn(4, plan(TINY).patches, 32)
    kept = Kept(qformer)
    with torch.autograd.graph.saved_tensors_hooks(kept, lambda tensor: tensor):
        seen = qformer(
            input_ids=torch.ones(4, 32, dtype=torch.long),
            query_embeds=queries,
            encoder_hidden_states=patches,
        ).last_hidden_state
    seen.sum().backward()

    planned = plan(TINY, batch)._bridge_activations()
    assert 0.3 * planned < kept.total < 2 * planned
