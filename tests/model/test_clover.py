import torch

from clover_chat.model.clover import CloverModel
from clover_chat.model.tiny import TinyVisionModel, tiny_config, tiny_llama

QUESTION = torch.tensor([[5, 6, 7]])


def model() -> CloverModel:
    torch.manual_seed(0)
    return CloverModel(tiny_config(), TinyVisionModel(), tiny_llama())


def test_frozen_weights_do_not_move_after_a_step() -> None:
    clover = model().train()
    frozen = {name: p.clone() for name, p in clover.named_parameters() if not p.requires_grad}
    before = {name: p.clone() for name, p in clover.named_parameters() if p.requires_grad}
    optimizer = torch.optim.SGD(clover.bridge_parameters(), lr=1.0)
    seen = clover.get_image_features(clover.encode(torch.randn(1, 3, 64, 64)), QUESTION)
    clover.language_model(inputs_embeds=seen).logits.logsumexp(-1).sum().backward()
    optimizer.step()

    after = dict(clover.named_parameters())
    assert all(torch.equal(after[name], tensor) for name, tensor in frozen.items())
    assert any(not torch.equal(after[name], tensor) for name, tensor in before.items())


def test_frozen_models_stay_in_evaluation_mode_while_the_bridge_trains() -> None:
    clover = model().train()

    assert clover.qformer.training
    assert not clover.vision_model.training
    assert not clover.language_model.training


def test_padding_of_pictures_and_questions_changes_nothing() -> None:
    clover = model()
    patches = torch.randn(1, 6, 32)
    padded = torch.cat([patches, torch.full((1, 3, 32), 9.0)], dim=1)
    patches_mask = torch.tensor([[1] * 6 + [0] * 3])
    question = torch.cat([QUESTION, torch.tensor([[9, 9]])], dim=1)
    mask = torch.tensor([[1, 1, 1, 0, 0]])

    with torch.no_grad():
        plain = clover.get_image_features(patches, QUESTION)
        masked = clover.get_image_features(padded, question, mask, patches_mask)
    torch.testing.assert_close(plain, masked)


def test_bridge_tokens_start_at_the_scale_of_word_embeddings() -> None:
    clover = model()
    with torch.no_grad():
        seen = clover.get_image_features(torch.randn(8, 6, 32), QUESTION.expand(8, -1))
    words = clover._words().weight

    assert 0.3 < float(seen.std() / words.detach().std()) < 3
