from dataclasses import replace
from pathlib import Path

from training.evaluation.contradictions import contradictions
from training.evaluation.follow_ups import SCRIPTS, follow_up_dialogues
from training.instructions.specimens import Specimen, read_specimens


def specimens(data_dir: Path) -> list[Specimen]:
    return list(read_specimens(data_dir).items)


def test_every_source_gets_so_many_conversations_about_unseen_pictures(data_dir: Path) -> None:
    known = specimens(data_dir)
    records = follow_up_dialogues(known, per_source=20)
    sources = {each.source for each in known}
    assert {each.source for each in records} == sources
    assert len(records) == 20 * len(sources)
    assert {each.split for each in records} == {"test"}
    assert all(2 <= len(each.turns) <= max(map(len, SCRIPTS)) for each in records)


def test_the_same_seed_scripts_the_same_and_another_other_words(data_dir: Path) -> None:
    known = specimens(data_dir)
    assert follow_up_dialogues(known) == follow_up_dialogues(known[::-1])
    assert follow_up_dialogues(known, seed=1) != follow_up_dialogues(known)


def test_no_scripted_answer_contradicts_its_card(data_dir: Path) -> None:
    for record in follow_up_dialogues(specimens(data_dir)):
        for turn in record.turns:
            assert not contradictions(turn.answer, record.label, kind=turn.kind), turn


def test_a_label_without_neighbors_is_not_asked_what_else_it_could_be(data_dir: Path) -> None:
    smear = [each for each in specimens(data_dir) if each.label == "peripheral blood smear"]
    records = follow_up_dialogues([replace(each, split="test") for each in smear], per_source=6)
    assert all(turn.answer for record in records for turn in record.turns)
