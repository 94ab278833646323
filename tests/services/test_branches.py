from PIL import Image

from clover_chat.services.branches import branch_to, newest_leaf, siblings, turns_of
from clover_chat.storage.tables import Message, MessageImage
from clover_chat.types import Ending, Picture, Role, Turn

QUESTION, ANSWER = Role.USER, Role.ASSISTANT


def message(
    message_id: int, parent_id: int | None, role: Role, content: str, *keys: str
) -> Message:
    return Message(
        id=message_id,
        parent_id=parent_id,
        role=role,
        content=content,
        status=Ending.COMPLETE,
        shown=[MessageImage(position=i, image_hash=key) for i, key in enumerate(keys)],
    )


def load() -> Image.Image:
    raise AssertionError("no picture is read before the model asks for it")


def picture(key: str) -> Picture:
    return Picture(key, load)


# 1 ─ 2 ─ 3 ─ 4      a question, its answer, another question, its answer
#   │   └ 6 ─ 7      the second question put otherwise
#   └ 5              the first question answered once more
TREE = [
    message(1, None, QUESTION, "Organ?", "colon"),
    message(2, 1, ANSWER, "Colon."),
    message(3, 2, QUESTION, "Benign?"),
    message(4, 3, ANSWER, "No."),
    message(5, 1, ANSWER, "Large bowel."),
    message(6, 2, QUESTION, "And this?", "lung", "skin"),
    message(7, 6, ANSWER, ""),
]


def test_a_branch_runs_from_the_root_to_the_leaf() -> None:
    assert [found.id for found in branch_to(TREE, 4)] == [1, 2, 3, 4]
    assert [found.id for found in branch_to(TREE, 5)] == [1, 5]
    assert branch_to(TREE, None) == []


def test_the_newest_leaf_lies_under_the_message() -> None:
    assert [newest_leaf(TREE, i) for i in (1, 2, 3, 5, 6)] == [7, 7, 4, 5, 7]


def test_siblings_are_the_versions_of_a_message() -> None:
    versions = siblings(TREE)
    assert versions[2] == versions[5] == (2, 5)
    assert versions[3] == versions[6] == (3, 6)
    assert versions[1] == (1,)


def test_a_question_without_pictures_is_about_the_last_ones() -> None:
    turns = turns_of(branch_to(TREE, 3), picture)
    assert turns == (
        Turn("Organ?", (picture("colon"),), "Colon."),
        Turn("Benign?", (picture("colon"),), None),
    )


def test_new_pictures_take_the_place_of_the_earlier_ones() -> None:
    assert turns_of(branch_to(TREE, 6), picture)[-1].pictures == (picture("lung"), picture("skin"))


def test_a_question_that_was_never_answered_is_left_out_but_not_its_pictures() -> None:
    tree = [*TREE, message(8, 7, QUESTION, "Try again.")]
    turns = turns_of(branch_to(tree, 8), picture)
    assert [turn.question for turn in turns] == ["Organ?", "Try again."]
    assert turns[-1].pictures == (picture("lung"), picture("skin"))


def test_pictures_without_any_turn_to_carry_them_are_none() -> None:
    assert turns_of([message(1, None, QUESTION, "Organ?")], picture) == (Turn("Organ?"),)
