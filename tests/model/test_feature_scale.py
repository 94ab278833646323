import torch

from clover_chat.model.clover import FeatureScale

PICTURES = [torch.randn(count, 5) * 3 + 7 for count in (40, 60, 80)]


def test_patches_are_standardised_and_a_summary_joins_them() -> None:
    scale = FeatureScale(5, has_summary=True)
    scale.fit(PICTURES)
    patches, mask = scale(PICTURES[0][None])
    assert mask is None
    assert patches.shape == (1, 42, 5)
    everything = torch.cat([scale(each[None])[0][0, :-2] for each in PICTURES])
    torch.testing.assert_close(everything.mean(0), torch.zeros(5), atol=1e-5, rtol=0)
    torch.testing.assert_close(everything.std(0), torch.ones(5), atol=1e-5, rtol=0)


def test_the_summary_tells_of_mean_and_spread_of_one_picture() -> None:
    scale = FeatureScale(5, has_summary=True)
    scale.fit(PICTURES)
    plain = scale(PICTURES[0][None])[0][0, -2:]
    brighter = scale(PICTURES[0][None] + 1)[0][0, -2:]
    wider = scale(PICTURES[0][None] * 2 - PICTURES[0].mean(0))[0][0, -2:]
    assert (brighter[0] > plain[0]).all()
    torch.testing.assert_close(brighter[1], plain[1], atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(wider[0], plain[0], atol=1e-3, rtol=1e-3)
    assert (wider[1] > plain[1]).all()


def test_padding_counts_for_nothing() -> None:
    scale = FeatureScale(5, has_summary=True)
    scale.fit(PICTURES)
    alone, _ = scale(PICTURES[0][None])
    padded = torch.cat([PICTURES[0], torch.full((20, 5), 99.0)])[None]
    mask = torch.cat([torch.ones(1, 40), torch.zeros(1, 20)], dim=1).long()
    beside, beside_mask = scale(padded, mask)
    torch.testing.assert_close(beside[:, -2:], alone[:, -2:])
    assert beside_mask.tolist() == [[1] * 40 + [0] * 20 + [1] * 2]


def test_without_a_summary_nothing_joins_the_patches() -> None:
    scale = FeatureScale(5, has_summary=False)
    patches = torch.randn(2, 6, 5)
    scaled, _ = scale(patches)
    torch.testing.assert_close(scaled, patches)
