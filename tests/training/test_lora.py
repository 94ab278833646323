from pathlib import Path

import torch

from clover_chat.model.clover import CloverModel
from clover_chat.model.presets import TINY, Places
from training.lora import add_lora, merge_lora

QUESTION = torch.tensor([[5, 6, 7]])


def test_lora_starts_as_the_bridge_it_is_added_to_and_merges_into_a_plain_one() -> None:
    frozen = TINY.load(Places(Path(), None, print))
    torch.manual_seed(0)
    model = CloverModel(TINY.config, frozen.vision_model, frozen.language_model)
    patches = torch.randn(2, 6, 32)
    names = set(model.bridge_state_dict())
    with torch.no_grad():
        before = model.get_image_features(patches, QUESTION.expand(2, -1))
        add_lora(model, rank=4)
        model.eval()
        added = model.get_image_features(patches, QUESTION.expand(2, -1))
        torch.testing.assert_close(added, before)
        for name, parameter in model.qformer.named_parameters():
            assert parameter.requires_grad == ("lora" in name), name
            if "lora_B" in name:
                parameter.normal_(std=0.05)
        learnt = model.get_image_features(patches, QUESTION.expand(2, -1))
        assert not torch.allclose(learnt, before)
        merge_lora(model)
        merged = model.get_image_features(patches, QUESTION.expand(2, -1))
    torch.testing.assert_close(merged, learnt, atol=1e-5, rtol=1e-4)
    assert set(model.bridge_state_dict()) == names
