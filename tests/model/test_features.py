from pathlib import Path

import torch

from clover_chat.model.features import FeatureStore


def once() -> torch.Tensor:
    return torch.ones(4, 8)


def never() -> torch.Tensor:
    raise AssertionError("computed again")


def test_features_are_computed_once(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.get("abc", once)
    assert torch.equal(store.get("abc", never), torch.ones(4, 8, dtype=torch.float16))


def test_features_survive_a_restart(tmp_path: Path) -> None:
    FeatureStore(tmp_path).get("abc", once)
    FeatureStore(tmp_path).get("abc", never)


def test_computed_features_are_laid_out_as_read_ones_are(tmp_path: Path) -> None:
    computed = FeatureStore(tmp_path).get("abc", lambda: once().T)
    assert computed.stride() == FeatureStore(tmp_path).get("abc", never).stride()


def test_without_a_folder_features_stay_in_memory() -> None:
    store = FeatureStore(None)
    store.get("abc", once)
    store.get("abc", never)


def test_a_damaged_file_is_computed_again(tmp_path: Path) -> None:
    FeatureStore(tmp_path).get("abc", once)
    next(tmp_path.glob("*/*.safetensors")).write_bytes(b"not a tensor")
    assert FeatureStore(tmp_path).get("abc", once).shape == (4, 8)


def test_memory_is_bounded(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, memory_bytes=100)
    for key in ("aa", "bb", "cc"):
        store.get(key, once)
    assert list(store._held) == ["cc"]


def test_disk_is_bounded_when_the_store_is_opened(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    for key in ("aa", "bb", "cc"):
        store.get(key, once)
    FeatureStore(tmp_path, disk_bytes=200)
    assert len(list(tmp_path.glob("*/*.safetensors"))) == 1
