from pathlib import Path

import pytest

from clover_chat.knowledge.entries import read_shelf
from clover_chat.knowledge.sources import ShelfDamaged
from tests.knowledge.shelves import SOURCES, entry, write_shelf


def test_an_entry_is_read_with_its_topic_and_the_chapter_it_rests_on(tmp_path: Path) -> None:
    folder = write_shelf(
        tmp_path, entry("eosin", synonyms=["eosin Y"], see_also=["safran"]), entry("safran")
    )
    eosin, _ = read_shelf(folder)
    assert (eosin.id, eosin.topic, eosin.names) == ("eosin", "Dyes", ("Eosin", "eosin Y"))
    assert eosin.sources[0].citation == (
        "Author A. An Atlas, 2nd edition. A Publisher, 2001. Chapter: Dyes."
    )
    assert eosin.see_also == ("safran",)


def test_a_text_over_several_lines_is_quoted_on_one(tmp_path: Path) -> None:
    lines = '"""\n' + "\n".join(["one two three four five"] * 10) + '\n"""'
    folder = write_shelf(tmp_path, entry("eosin").replace(f'"{" ".join(["word"] * 50)}"', lines))
    (eosin,) = read_shelf(folder)
    assert eosin.text == " ".join(["one two three four five"] * 10)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (entry("eosin", text="Too short."), "has 2 words"),
        (entry("eosin", text=" ".join(["long"] * 111)), "has 111 words"),
        (entry("eosin", sources=["nowhere"]), "unknown sources.*nowhere"),
        (entry("eosin", sources=["atlas/nowhere"]), "unknown sources.*atlas/nowhere"),
        (entry("eosin", sources=[]), "names no source"),
        (entry("eosin", see_also=["nobody"]), "see_also names.*nobody"),
        (entry("eosin", see_also=["eosin"]), "see_also names.*eosin"),
        (entry("eosin") + entry("eosin"), "has an entry of that id already"),
        (entry("eosin", kind="colour"), "'colour' is none of"),
        (entry("Eosin Y"), "lower-case words"),
        (entry("eosin", title=None), "title.*missing or unknown"),
        (entry("eosin", remark="hm"), "remark.*missing or unknown"),
        (entry("eosin", title="  "), "must be a text"),
        (entry("eosin", synonyms=["a", "A"]), "more than once"),
        (entry("eosin", synonyms="eosin Y"), "must be a list of texts"),
        (entry("eosin", title=3), "must be a text"),
    ],
)
def test_a_broken_entry_is_refused_with_its_file_and_name(
    tmp_path: Path, broken: str, complaint: str
) -> None:
    folder = write_shelf(tmp_path, broken)
    with pytest.raises(ShelfDamaged, match=f"dyes.toml, entry .*{complaint}"):
        read_shelf(folder)


def test_an_id_in_two_files_names_both(tmp_path: Path) -> None:
    write_shelf(tmp_path, entry("eosin"))
    write_shelf(tmp_path, entry("eosin"), topic="More", file="more.toml")
    with pytest.raises(ShelfDamaged, match=r"more\.toml, entry 'eosin': dyes\.toml"):
        read_shelf(tmp_path)


def test_a_file_without_topic_or_with_something_else_is_refused(tmp_path: Path) -> None:
    write_shelf(tmp_path, entry("eosin"))
    (tmp_path / "odd.toml").write_text('subject = "Dyes"\n' + entry("other"))
    with pytest.raises(ShelfDamaged, match=r"odd\.toml must hold a topic"):
        read_shelf(tmp_path)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    write_shelf(tmp_path, "[[entry")
    with pytest.raises(ShelfDamaged, match=r"dyes\.toml cannot be read as TOML"):
        read_shelf(tmp_path)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("year = 2001", "year is None"),
        ('publisher = "A Publisher"', "publisher is None"),
        ('title = "An Atlas"', "title is None"),
    ],
)
def test_an_incomplete_source_is_refused(tmp_path: Path, line: str, complaint: str) -> None:
    write_shelf(tmp_path, entry("eosin"))
    (tmp_path / "sources.toml").write_text(SOURCES.replace(line, ""))
    with pytest.raises(ShelfDamaged, match=f"source 'atlas': {complaint}"):
        read_shelf(tmp_path)


def test_a_source_with_a_page_number_is_refused(tmp_path: Path) -> None:
    write_shelf(tmp_path, entry("eosin"))
    (tmp_path / "sources.toml").write_text("[atlas]\npage = 7\n" + SOURCES.split("[atlas]\n")[1])
    with pytest.raises(ShelfDamaged, match=r"unknown fields \['page'\]"):
        read_shelf(tmp_path)
