import threading
from pathlib import Path

import pytest

from clover_chat.errors import StorageError
from clover_chat.storage.images import ImageStore

KEY = "ab" * 32


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


def test_a_picture_lies_under_its_key(store: ImageStore) -> None:
    assert not store.exists(KEY)
    path = store.put(KEY, b"pixels")
    assert path == store.path(KEY)
    assert path.read_bytes() == b"pixels"
    assert store.exists(KEY)


def test_the_same_picture_is_written_once(store: ImageStore) -> None:
    written = store.put(KEY, b"pixels").stat().st_mtime_ns
    assert store.put(KEY, b"pixels").stat().st_mtime_ns == written


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "AB" * 32, "ab" * 31, f"{'ab' * 32}\n"])
def test_nothing_but_a_hash_becomes_a_path(store: ImageStore, key: str) -> None:
    with pytest.raises(StorageError, match="64 hexadecimal digits"):
        store.path(key)


def test_a_write_that_fails_leaves_nothing_behind(
    store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("clover_chat.storage.files.os.fsync", refuse)
    with pytest.raises(StorageError, match="No space left on device"):
        store.put(KEY, b"pixels")
    assert not store.exists(KEY)
    assert list(store.path(KEY).parent.iterdir()) == []


def test_many_may_put_the_same_picture_at_once(store: ImageStore) -> None:
    data = bytes(100_000)
    threads = [threading.Thread(target=store.put, args=(KEY, data)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() for path in store.path(KEY).parent.iterdir()] == [data]


def test_pictures_are_readable_by_their_owner_only(store: ImageStore) -> None:
    assert store.put(KEY, b"pixels").stat().st_mode & 0o077 == 0


def test_a_page_shows_the_preview_where_there_is_one(store: ImageStore) -> None:
    assert store.shown_path(KEY) == store.path(KEY)
    store.put(KEY, b"pixels", b"small")
    assert store.shown_path(KEY).read_bytes() == b"small"
    assert store.path(KEY).read_bytes() == b"pixels"


def test_a_picture_can_be_removed_twice(store: ImageStore) -> None:
    store.put(KEY, b"pixels", b"small")
    store.remove(KEY)
    store.remove(KEY)
    assert not store.exists(KEY)
    assert list(store.path(KEY).parent.iterdir()) == []
