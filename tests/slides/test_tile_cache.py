from clover_chat.slides.tile_cache import TileCache, tile_of


def test_equal_bytes_have_equal_strong_tags_and_others_do_not() -> None:
    one, same, other = (tile_of(data, "image/jpeg") for data in (b"a", b"a", b"b"))
    assert one.etag == same.etag != other.etag
    assert one.etag.startswith('"')
    assert one.etag.endswith('"')


def test_the_cache_never_holds_more_bytes_than_allowed() -> None:
    cache = TileCache(max_bytes=100)
    for i in range(50):
        cache.put(i, tile_of(bytes(i), "image/jpeg"))
        assert cache.size <= 100
    assert cache.get(49) is not None
    assert cache.get(10) is None


def test_what_was_asked_for_last_stays_longest() -> None:
    cache = TileCache(max_bytes=20)
    cache.put("a", tile_of(bytes(8), "image/jpeg"))
    cache.put("b", tile_of(bytes(8), "image/jpeg"))
    cache.get("a")
    cache.put("c", tile_of(bytes(8), "image/jpeg"))
    assert cache.get("a") is not None
    assert cache.get("b") is None


def test_a_tile_larger_than_the_cache_is_not_kept() -> None:
    cache = TileCache(max_bytes=10)
    cache.put("a", tile_of(bytes(11), "image/jpeg"))
    assert len(cache) == cache.size == 0


def test_replacing_a_tile_counts_its_bytes_once() -> None:
    cache = TileCache(max_bytes=100)
    cache.put("a", tile_of(bytes(60), "image/jpeg"))
    cache.put("a", tile_of(bytes(50), "image/jpeg"))
    assert cache.size == 50
