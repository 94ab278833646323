from pathlib import Path

from clover_chat.slides.fingerprint import SAMPLE_BYTES, SAMPLES, combined, fingerprint

LARGE = SAMPLES * SAMPLE_BYTES * 3


def test_equal_content_has_an_equal_fingerprint_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "Jane Doe.svs").write_bytes(b"x" * LARGE)
    (tmp_path / "b.svs").write_bytes(b"x" * LARGE)
    assert fingerprint(tmp_path / "Jane Doe.svs") == fingerprint(tmp_path / "b.svs")


def test_a_change_at_the_head_the_tail_or_of_the_length_changes_it(tmp_path: Path) -> None:
    path, seen = tmp_path / "a", set()
    content = bytes(LARGE)
    for changed in (content, b"1" + content[1:], content[:-1] + b"1", content + b"\0", b"", b"\0"):
        path.write_bytes(changed)
        seen.add(fingerprint(path))
    assert len(seen) == 6


def test_every_byte_of_a_small_file_counts(tmp_path: Path) -> None:
    path, seen = tmp_path / "a", set()
    for position in range(0, 60_000, 9_999):
        path.write_bytes(bytes(position) + b"1" + bytes(60_000 - position))
        seen.add(fingerprint(path))
    assert len(seen) == 7


def test_a_folder_is_known_by_its_files_and_not_by_their_names(tmp_path: Path) -> None:
    for folder, names in (("one", "ab"), ("two", "xy")):
        (tmp_path / folder).mkdir()
        for name, content in zip(names, (b"first", b"second"), strict=True):
            (tmp_path / folder / name).write_bytes(content)
    assert fingerprint(tmp_path / "one") == fingerprint(tmp_path / "two")
    (tmp_path / "two" / "z").write_bytes(b"third")
    assert fingerprint(tmp_path / "one") != fingerprint(tmp_path / "two")


def test_parts_cannot_run_into_each_other() -> None:
    assert combined(("ab", "c")) != combined(("a", "bc"))
