"""Exports as other people's tools take them: `datasets`, and a step of each of TRL's trainers."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clover_chat.services.feedback.formats import Format
from clover_chat.types import Thumb
from tests.services.feedback.judged import Lab

REASON = "datasets and trl are not installed"
datasets = pytest.importorskip("datasets", reason=REASON)

# TRL imports optional packages of its own, some of which warn of themselves.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

Load = Callable[[Format], Any]
CHAT = (
    "{% for message in messages %}{{ message['role'] }}: {% if message['content'] is string %}"
    "{{ message['content'] }}{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}"
    "{% endif %}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
)


@pytest.fixture
def load(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Return what exports two judged answers and loads them, from within the export's folder."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    for number, verdict in enumerate((Thumb.UP, Thumb.DOWN)):
        at = lab.ask(f"Which organ is number {number}?", patches=[lab.patch(64 + 8 * number)])
        lab.judge(at, verdict, correction="Stomach." if verdict is Thumb.DOWN else "Ileum.")

    def load(form: Format) -> Any:
        lab.write(form)
        monkeypatch.chdir(lab.folder / "out")
        name = "records.jsonl" if form is Format.JSONL else "train.jsonl"
        cache = str(tmp_path / "cache")
        return datasets.load_dataset("json", data_files=name, split="train", cache_dir=cache)

    return load


@pytest.mark.parametrize(
    ("form", "columns"),
    [
        (Format.SFT, {"messages", "images"}),
        (Format.PREFERENCE, {"prompt", "chosen", "rejected", "images"}),
        (Format.UNPAIRED, {"prompt", "completion", "label", "images"}),
    ],
)
def test_rows_load_with_their_columns_and_pictures(
    load: Load, form: Format, columns: set[str]
) -> None:
    rows = load(form)
    assert set(rows.column_names) == columns
    pictures = rows.cast_column("images", datasets.List(datasets.Image()))
    assert sorted(row["images"][0].size for row in pictures) == [(64, 48), (72, 48)]


def test_records_load_with_their_lineage(load: Load) -> None:
    records = load(Format.JSONL)
    assert sorted(records["verdict"]) == ["down", "up"]
    assert set(records["bridge_version"]) == {"1.0"}


@pytest.mark.parametrize("form", [Format.SFT, Format.PREFERENCE, Format.UNPAIRED])
def test_a_trainer_takes_a_step_on_the_rows_as_they_are(
    load: Load, form: Format, tmp_path: Path
) -> None:
    trl = pytest.importorskip("trl", reason=REASON)
    trainer_of, config_of = {
        Format.SFT: (trl.SFTTrainer, trl.SFTConfig),
        Format.PREFERENCE: (trl.DPOTrainer, trl.DPOConfig),
        Format.UNPAIRED: (trl.KTOTrainer, trl.KTOConfig),
    }[form]
    rows = load(form).cast_column("images", datasets.List(datasets.Image()))
    model, processor = seeing_miniature()
    config = config_of(
        output_dir=str(tmp_path / "run"),
        per_device_train_batch_size=2,
        max_steps=1,
        max_length=None,
        learning_rate=1e-2,
        report_to=[],
        save_strategy="no",
        use_cpu=True,
        bf16=False,
        remove_unused_columns=False,
    )
    before = model.lm_head.weight.detach().clone()
    reference = {} if form is Format.SFT else {"ref_model": copy.deepcopy(model)}
    trainer = trainer_of(
        model=model, args=config, train_dataset=rows, processing_class=processor, **reference
    )
    result = trainer.train()
    assert result.global_step == 1
    assert not before.equal(model.lm_head.weight)


def seeing_miniature() -> tuple[Any, Any]:
    """Return a vision-language model of a few thousand random weights, and its processor."""
    import tokenizers
    import transformers

    special = {"unk_token": "<unk>", "pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"}
    words = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="<unk>"))  # noqa: S106
    words.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = tokenizers.decoders.ByteLevel()
    words.train_from_iterator(
        ["user: Which organ? assistant: Colon."],
        tokenizers.trainers.BpeTrainer(
            vocab_size=300,
            special_tokens=[*special.values(), "<image>"],
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, extra_special_tokens={"image_token": "<image>"}, **special
    )
    processor = transformers.LlavaProcessor(
        image_processor=transformers.CLIPImageProcessor(
            size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}
        ),
        tokenizer=tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=CHAT,
    )
    sizes: dict[str, Any] = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
    heads: dict[str, Any] = {"num_attention_heads": 2}
    config = transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(image_size=16, patch_size=8, **sizes, **heads),
        text_config=transformers.LlamaConfig(
            vocab_size=len(tokenizer), num_key_value_heads=2, **sizes, **heads
        ),
        image_token_index=len(special),
    )
    return transformers.LlavaForConditionalGeneration(config), processor
