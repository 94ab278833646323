import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from clover_chat.errors import WeightsError
from tests.model.hub_folders import load, save_instructblip, seeded

Change = Callable[[Path], None]


def _config(change: dict[str, object]) -> Change:
    def write(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | change))

    return write


def _tensors(change: Callable[[dict[str, torch.Tensor]], None]) -> Change:
    def write(folder: Path) -> None:
        path = folder / "model.safetensors"
        tensors = load_file(path)
        change(tensors)
        path.unlink()
        save_file(tensors, path, metadata={"format": "pt"})

    return write


def _without(name: str) -> Change:
    return _tensors(lambda tensors: tensors.__delitem__(name))


def _with(name: str, *shape: int) -> Change:
    return _tensors(lambda tensors: tensors.__setitem__(name, torch.zeros(shape)))


def _cut(name: str) -> Change:
    def write(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes()[:-20])

    return write


def _only_pickles(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


LEGACY: dict[str, dict[str, object]] = {
    "text_config": {
        "architectures": ["LLaMAForCausalLM"],
        "bos_token_id": 0,
        "eos_token_id": 1,
        "max_sequence_length": 2048,
        "pad_token_id": -1,
        "rope_scaling": None,
        "rope_theta": 10000.0,
        "torch_dtype": "float16",
    },
    "qformer_config": {
        "add_cross_attention": False,
        "classifier_dropout": None,
        "is_decoder": False,
        "max_length": 20,
        "position_embedding_type": "absolute",
    },
    "vision_config": {"dropout": 0.0, "initializer_factor": 1.0},
}


def _as_saved_in_2023(folder: Path) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for part, values in LEGACY.items():
        config[part] |= values
    config |= {"use_decoder_only_language_model": True, "torch_dtype": "float32"}
    path.write_text(json.dumps(config))
    layer = "language_model.model.layers.0.self_attn.rotary_emb.inv_freq"
    buffers = {layer: torch.zeros(4), "qformer.embeddings.position_ids": torch.arange(64)[None]}
    _tensors(lambda tensors: tensors.update(buffers))(folder)


def test_a_folder_written_by_an_older_library_is_read_too(tmp_path: Path, cache_dir: Path) -> None:
    save_instructblip(tmp_path / "now", "llama")
    _as_saved_in_2023(save_instructblip(tmp_path / "then", "llama"))
    old, new = (seeded("llama", tmp_path / when, cache_dir) for when in ("then", "now"))
    for name, tensor in new.state_dict().items():
        assert torch.equal(tensor, old.state_dict()[name]), name


WRONG = {
    "another kind": (_config({"model_type": "llava"}), "type 'llava', expected 'instructblip'"),
    "no sense": (_config({"vision_config": {"hidden_size": "wide"}}), "config.json that cannot"),
    "a missing key": (
        _without("vision_model.post_layernorm.bias"),
        r"lacks 'vision_model.post_layernorm.bias' \(missing tensors: 1\)",
    ),
    "missing word embeddings": (_without("language_model.shared.weight"), "the word embeddings"),
    "a foreign tensor": (_with("vision_model.extra.weight", 2), "holds 'vision_model.extra"),
    "another shape": (
        _with("vision_model.post_layernorm.bias", 8),
        r"'vision_model.post_layernorm.bias' as \(8,\), expected \(32,\)",
    ),
    "a file cut off": (_cut("model.safetensors"), "damaged model.safetensors"),
    "a missing file": (lambda folder: (folder / "model.safetensors").unlink(), "lacks model.saf"),
    "pickles only": (_only_pickles, "pickled weights are never read"),
    "a damaged config": (_cut("config.json"), "lacks config.json, or it is damaged"),
    "a damaged tokenizer": (_cut("tokenizer.json"), "lacks tokenizer.json, or it is damaged"),
}


@pytest.mark.parametrize(("change", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_a_folder_with_something_wrong_is_refused_in_a_sentence(
    change: Change, sentence: str, tmp_path: Path, cache_dir: Path
) -> None:
    change(save_instructblip(tmp_path, "t5"))
    with pytest.raises(WeightsError, match=sentence):
        load("t5", tmp_path, cache_dir)


def test_a_missing_question_vocabulary_is_named(tmp_path: Path, cache_dir: Path) -> None:
    folder = save_instructblip(tmp_path, "t5")
    (folder / "qformer_tokenizer" / "tokenizer.json").unlink()
    with pytest.raises(WeightsError, match=r"lacks qformer_tokenizer/tokenizer\.json"):
        seeded("t5", tmp_path, cache_dir)


def test_another_language_model_is_refused_with_both_numbers(
    tmp_path: Path, cache_dir: Path
) -> None:
    save_instructblip(tmp_path, "llama").rename(tmp_path / "tiny-t5")
    with pytest.raises(
        WeightsError, match="model_type of its text_config is 'llama', expected 't5'"
    ):
        load("t5", tmp_path, cache_dir)


def test_another_width_is_refused_with_both_numbers(tmp_path: Path, cache_dir: Path) -> None:
    save_instructblip(tmp_path, "t5", width=48)
    with pytest.raises(WeightsError, match="hidden_size of its vision_config is 48, expected 32"):
        load("t5", tmp_path, cache_dir)


def test_a_missing_shard_is_named(tmp_path: Path, cache_dir: Path) -> None:
    folder = save_instructblip(tmp_path, "t5", shard="50KB")
    first = min(folder.glob("model-00001-*.safetensors"))
    first.unlink()
    with pytest.raises(WeightsError, match=f"lacks {first.name}"):
        load("t5", tmp_path, cache_dir)
