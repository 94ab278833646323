from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import InstructBlipForConditionalGeneration

from clover_chat.errors import BridgeMismatch, WeightsError
from clover_chat.model import presets
from clover_chat.model.checkpoint import save_bridge
from clover_chat.model.engine import CloverEngine
from clover_chat.model.loading import new_model, open_engine, open_model
from clover_chat.model.machine import GPU, Placement, bring_together
from clover_chat.model.pixels import to_pixel_values
from clover_chat.model.presets import Places
from clover_chat.model.seed import fit_scale
from clover_chat.types import Picture, Sampling, Turn
from tests.model.hub_folders import load, save_instructblip, seeded, tiny_preset

SHORT = Sampling(max_tokens=12)
LANGUAGES = pytest.mark.parametrize("language", ["t5", "llama"])


@pytest.fixture(scope="session")
def weights_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parent = tmp_path_factory.mktemp("hub")
    for language in ("t5", "llama"):
        save_instructblip(parent, language)
    return parent


def streamed(engine: CloverEngine, turn: Turn) -> str:
    with closing(engine.generate((turn,), SHORT)) as generation:
        pieces = [piece for piece in generation if isinstance(piece, str)]
        assert generation.figures.answer_tokens > 0
    return "".join(pieces)


@LANGUAGES
def test_a_folder_in_the_hubs_own_format_answers_through_the_engine(
    language: str,
    weights_dir: Path,
    cache_dir: Path,
    turn: Turn,
    picture: Callable[[str], Picture],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = tiny_preset(language)
    monkeypatch.setitem(presets.PRESETS, chosen.name, chosen)
    engine = open_engine(chosen.name, None, Places(cache_dir, weights_dir, lambda state: None))

    assert streamed(engine, turn)
    assert engine.identity.preset == chosen.name
    assert engine.identity.bridge_version == "instructblip"
    assert len(engine.identity.bridge_hash) == 64
    other = replace(turn, pictures=(picture("blue"),))
    red, blue = (engine._embed(engine._processor.prompt([each])) for each in (turn, other))
    assert not torch.allclose(red, blue), "the picture reaches the language model"


@LANGUAGES
def test_the_seeded_bridge_sees_what_transformers_own_model_sees(
    language: str, weights_dir: Path, cache_dir: Path, turn: Turn
) -> None:
    model, processor, _ = open_model(
        tiny_preset(language), None, Places(cache_dir, weights_dir, lambda state: None)
    )
    reference = InstructBlipForConditionalGeneration.from_pretrained(
        weights_dir / f"tiny-{language}"
    ).eval()
    pixels = to_pixel_values(turn.pictures[0].load(), model.config.image_input)
    ids, mask = processor.question_batch([turn.question])

    with torch.no_grad():
        seen = model.get_image_features(model.encode(pixels), ids, mask)
        expected = reference.get_image_features(pixels, ids, mask).pooler_output
    torch.testing.assert_close(seen, expected)


def test_questions_are_read_with_the_vocabulary_of_the_folder(
    weights_dir: Path, cache_dir: Path
) -> None:
    seed = load("t5", weights_dir, cache_dir).seed
    assert seed is not None
    tokens = seed().vocabulary.encode("What is it?").tokens
    assert tokens[0] == "[CLS]"
    assert tokens[1:5] == ["w", "##h", "##a", "##t"]


def test_the_output_layer_of_flan_t5_stays_its_own(weights_dir: Path, cache_dir: Path) -> None:
    model = load("t5", weights_dir, cache_dir).language_model
    output, words = model.get_output_embeddings(), model.get_input_embeddings()
    assert isinstance(output, torch.nn.Linear)
    assert isinstance(words, torch.nn.Embedding)
    assert not torch.equal(output.weight, words.weight)


def test_shards_hold_the_same_model(tmp_path: Path, weights_dir: Path, cache_dir: Path) -> None:
    folder = save_instructblip(tmp_path, "llama", shard="50KB")
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    whole, sharded = load("llama", weights_dir, cache_dir), load("llama", tmp_path, cache_dir)
    assert whole.hashes == sharded.hashes


def test_weights_are_hashed_once(
    weights_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load("t5", weights_dir, tmp_path).hashes

    def never(*prefixes: object) -> str:
        raise AssertionError("they were hashed again")

    monkeypatch.setattr("clover_chat.model.folders.ModelFolder.digest", never)
    assert load("t5", weights_dir, tmp_path).hashes == first


@LANGUAGES
def test_a_trained_bridge_opens_again_and_refuses_other_weights(
    language: str, weights_dir: Path, cache_dir: Path, tmp_path: Path
) -> None:
    chosen = tiny_preset(language)
    model, processor, _ = open_model(
        chosen, None, Places(cache_dir, weights_dir, lambda state: None)
    )
    save_bridge(tmp_path / "bridge", model, processor.question_tokenizer)
    again, _, identity = open_model(
        chosen, tmp_path / "bridge", Places(cache_dir, weights_dir, lambda state: None)
    )
    assert len(identity.bridge_hash) == 64
    assert torch.equal(model.query_tokens, again.query_tokens)

    save_instructblip(tmp_path, language, seed=1)
    with pytest.raises(BridgeMismatch, match="another vision model: expected SHA-256"):
        open_model(chosen, tmp_path / "bridge", Places(cache_dir, tmp_path, lambda state: None))


def test_standardising_features_does_not_change_what_a_seeded_bridge_says(
    weights_dir: Path, cache_dir: Path
) -> None:
    model = seeded("t5", weights_dir, cache_dir)
    patches = torch.randn(2, 6, 32) * 3 + 5
    question = torch.tensor([[2, 5, 6, 3]]).expand(2, -1)
    with torch.no_grad():
        before = model.get_image_features(patches, question)
        fit_scale(model, list(patches))
        after = model.get_image_features(patches, question)

    assert model.feature_scale.is_fitted
    torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "half", [Placement("cpu", torch.bfloat16), pytest.param(GPU, marks=pytest.mark.gpu)], ids=str
)
@LANGUAGES
def test_half_precision_answers_with_a_bridge_in_full_precision(
    language: str,
    half: Placement,
    weights_dir: Path,
    cache_dir: Path,
    turn: Turn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if half == GPU and not torch.cuda.is_available():
        pytest.skip("this machine has no GPU")
    chosen = tiny_preset(language)
    monkeypatch.setitem(presets.PRESETS, chosen.name, chosen)
    monkeypatch.setattr("clover_chat.model.loading.find_place", lambda *rest: half)
    engine = open_engine(chosen.name, None, Places(cache_dir, weights_dir, lambda state: None))

    assert streamed(engine, turn)
    dtypes = {name: p.dtype for name, p in engine._model.named_parameters()}
    assert dtypes["query_tokens"] == torch.float32
    assert {d for name, d in dtypes.items() if name.startswith("vision_model.")} == {half.dtype}
    assert {p.device.type for p in engine._model.parameters()} == {half.device}


def test_training_reaches_a_half_precision_language_model_below_its_output_layer(
    weights_dir: Path, cache_dir: Path
) -> None:
    half = Placement("cpu", torch.bfloat16)
    frozen = tiny_preset("llama").load(Places(cache_dir, weights_dir, lambda state: None, half))
    model, _, _ = new_model(tiny_preset("llama"), frozen)
    bring_together(model)
    seen = model.get_image_features(torch.randn(1, 5, 32), torch.tensor([[2, 5, 3]]))
    model.language_model.base_model(inputs_embeds=seen).last_hidden_state.sum().backward()

    assert model.query_tokens.grad is not None
    assert model.query_tokens.grad.dtype == torch.float32


def test_what_enters_frozen_models_follows_them_once_however_many_bridges_join(
    weights_dir: Path, cache_dir: Path
) -> None:
    half = Placement("cpu", torch.bfloat16)
    frozen = tiny_preset("llama").load(Places(cache_dir, weights_dir, lambda state: None, half))
    for _ in range(3):
        model, _, _ = new_model(tiny_preset("llama"), frozen)
        bring_together(model)
    assert len(frozen.language_model._forward_pre_hooks) == 1
    assert len(frozen.vision_model._forward_pre_hooks) == 1
    assert len(model.qformer._forward_pre_hooks) == 1


def test_nothing_is_moved_where_all_is_float32_on_the_cpu(
    weights_dir: Path, cache_dir: Path
) -> None:
    model = seeded("llama", weights_dir, cache_dir)
    bring_together(model)
    assert not model.language_model._forward_pre_hooks


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda found: found.pop("query_tokens"), "lacks 'query_tokens' of its bridge"),
        (lambda found: found.update(extra=torch.zeros(1)), "'extra', which belongs to no bridge"),
        (
            lambda found: found.update(query_tokens=torch.zeros(1, 9, 32)),
            r"'query_tokens' as \(1, 9, 32\), expected \(1, 4, 32\)",
        ),
    ],
    ids=["a missing key", "a foreign tensor", "another shape"],
)
def test_a_seed_that_fits_no_such_bridge_is_refused(
    change: Callable[[dict[str, torch.Tensor]], None],
    sentence: str,
    weights_dir: Path,
    cache_dir: Path,
) -> None:
    frozen = load("t5", weights_dir, cache_dir)
    assert frozen.seed is not None
    seed = frozen.seed()
    change(seed.tensors)
    with pytest.raises(WeightsError, match=sentence):
        new_model(tiny_preset("t5"), replace(frozen, seed=lambda: seed))
