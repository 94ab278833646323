import re
from collections import Counter, defaultdict

import pytest

from clover_chat.knowledge.entries import KINDS, SHELF_DIR, Entry, read_shelf
from clover_chat.knowledge.lexicon import passages
from clover_chat.knowledge.sources import read_sources
from clover_chat.knowledge.speech import speech

MEANT = {"ain"}
"""Abbreviations that really are short for two things."""

ALIKE = MEANT | {"carcinoma", "carcinomas", "carcinomata", "cancer"}
"""Names that the search takes for each other and may: both entries are good answers."""


@pytest.fixture(scope="module")
def entries() -> tuple[Entry, ...]:
    return read_shelf()


def test_the_shelf_holds_at_least_420_entries_of_every_kind(entries: tuple[Entry, ...]) -> None:
    assert len(entries) >= 420
    assert {each.kind for each in entries} == set(KINDS)


def test_no_name_leads_to_two_entries_unless_meant(entries: tuple[Entry, ...]) -> None:
    owners = defaultdict(set)
    for each in entries:
        for name in each.names:
            owners[name.casefold()].add(each.id)
    doubled = {name: ids for name, ids in owners.items() if len(ids) > 1}
    assert set(doubled) == MEANT


def test_no_two_entries_have_names_that_the_search_cannot_tell_apart(
    entries: tuple[Entry, ...],
) -> None:
    owners = defaultdict(set)
    for passage in passages(entries, speech()):
        for name, written in zip(passage.names, passage.entry.names, strict=False):
            owners[frozenset(name)].add((passage.entry.id, written.casefold()))
    doubled = [names for names in owners.values() if len({owner for owner, _ in names}) > 1]
    assert {written for names in doubled for _, written in names} == ALIKE


def test_every_source_is_used(entries: tuple[Entry, ...]) -> None:
    used = {source.id.partition("/")[0] for each in entries for source in each.sources}
    assert used == {name for name in read_sources(SHELF_DIR / "sources.toml") if "/" not in name}


def test_every_entry_leads_on_to_another(entries: tuple[Entry, ...]) -> None:
    assert [each.id for each in entries if not each.see_also] == []


def test_every_text_is_whole_sentences(entries: tuple[Entry, ...]) -> None:
    odd = [each.id for each in entries if not re.fullmatch(r"([A-Z0-9]|p\d\d ).*[.]", each.text)]
    assert odd == []
    assert [each.id for each in entries if each.text.count(". ") + 1 < 2] == []


def test_no_text_is_written_twice(entries: tuple[Entry, ...]) -> None:
    sentences = Counter(
        sentence for each in entries for sentence in re.split(r"(?<=[.]) ", each.text)
    )
    assert [sentence for sentence, count in sentences.items() if count > 1] == []


def test_no_text_advises_on_treatment(entries: tuple[Entry, ...]) -> None:
    advice = re.compile(
        r"\b(prescribe|mg a day|mg/kg|dosage|you should|the patient should)\b", re.IGNORECASE
    )
    assert [each.id for each in entries if advice.search(each.text)] == []


def test_no_citation_holds_a_page_number() -> None:
    sources = read_sources(SHELF_DIR / "sources.toml").values()
    assert [each.id for each in sources if re.search(r"\bp{1,2}\.? ?\d", each.citation)] == []
