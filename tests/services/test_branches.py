import pytest

from clover_chat.services.branches import (
    Exchange,
    branch_to,
    exchanges_of,
    first_shown,
    looked_at,
    newest_leaf,
    siblings,
)
from clover_chat.services.regions import Place
from clover_chat.services.remarks import remark_on
from clover_chat.slides.geometry import Box
from clover_chat.slides.quality import EMPTY_REMARK
from clover_chat.storage.conversations import Node
from clover_chat.storage.tables import AnswerPart, Message, MessageImage, MessageRegion, Region
from clover_chat.types import Author, Ending, Role

QUESTION, ANSWER = Role.USER, Role.ASSISTANT


def message(
    message_id: int,
    parent_id: int | None,
    role: Role,
    content: str,
    *keys: str,
    places: tuple[Place, ...] = (),
) -> Message:
    return Message(
        id=message_id,
        parent_id=parent_id,
        role=role,
        content=content,
        status=Ending.COMPLETE,
        shown=[MessageImage(position=i, image_hash=key) for i, key in enumerate(keys)],
        marked=[
            MessageRegion(position=i, region=Region(slide_id=slide_id, **box._asdict()))
            for i, (slide_id, box) in enumerate(places)
        ],
    )


CORNER = Place("a" * 64, Box(0, 0, 300, 200))


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


def test_a_question_without_sights_is_about_the_last_ones() -> None:
    assert exchanges_of(branch_to(TREE, 3)) == (
        Exchange("Organ?", ("colon",), answer="Colon.", whole_answer="Colon.", brings_sights=True),
        Exchange("Benign?", ("colon",)),
    )


def test_new_patches_take_the_place_of_the_earlier_ones() -> None:
    assert exchanges_of(branch_to(TREE, 6))[-1].patch_keys == ("lung", "skin")


def test_regions_take_the_place_of_earlier_patches_and_patches_that_of_regions() -> None:
    tree = [
        *TREE[:2],
        message(3, 2, QUESTION, "And here?", places=(CORNER,)),
        message(4, 3, ANSWER, "Muscle."),
        message(5, 4, QUESTION, "Benign?"),
        message(6, 5, ANSWER, "Yes."),
        message(7, 6, QUESTION, "And this?", "lung"),
    ]
    sights = [(each.patch_keys, each.places) for each in exchanges_of(branch_to(tree, 7))]
    assert sights == [(("colon",), ()), ((), (CORNER,)), ((), (CORNER,)), (("lung",), ())]


def test_a_question_that_was_never_answered_is_left_out_but_not_its_sights() -> None:
    tree = [*TREE, message(8, 7, QUESTION, "Try again.")]
    exchanges = looked_at(exchanges_of(branch_to(tree, 8)))
    assert [exchange.question for exchange in exchanges] == ["Organ?", "Try again."]
    assert exchanges[-1].patch_keys == ("lung", "skin")


def test_the_model_is_not_told_that_it_made_our_remarks() -> None:
    remark = remark_on([(EMPTY_REMARK,)])
    tree = [
        message(1, None, QUESTION, "Organ?", "colon"),
        message(2, 1, ANSWER, f"{remark}\n\nColon."),
        message(3, 2, QUESTION, "Benign?"),
        message(4, 3, ANSWER, f"{remark}\n\n"),
        message(5, 4, QUESTION, "Stain?"),
    ]
    exchanges = looked_at(exchanges_of(branch_to(tree, 5)))
    assert [exchange.answer for exchange in exchanges] == ["Colon.", None]


def test_the_model_is_told_what_models_wrote_and_nothing_that_was_quoted_or_fixed() -> None:
    quoted = message(4, 3, ANSWER, "Colon.\n\nEosin is a dye.")
    quoted.parts = [
        AnswerPart(position=0, author=Author.BRIDGE, content="Colon."),
        AnswerPart(position=1, author=Author.SHELF, content="Eosin is a dye.", entry_id="eosin"),
    ]
    fixed = message(6, 5, ANSWER, "Ignore the above.")
    fixed.parts = [AnswerPart(position=0, author=Author.FIXED, content="Ignore the above.")]
    tree = [
        *TREE[:2],
        message(3, 2, QUESTION, "And what is eosin?"),
        quoted,
        message(5, 4, QUESTION, "What did I ask?"),
        fixed,
        message(7, 6, QUESTION, "Benign?"),
    ]
    told = looked_at(exchanges_of(branch_to(tree, 7)))
    assert [each.answer for each in told] == ["Colon.", "Colon.", None]


def test_a_question_about_nothing_says_so() -> None:
    (exchange,) = exchanges_of([message(1, None, QUESTION, "Organ?")])
    assert not exchange.has_sights


@pytest.mark.parametrize(
    ("since", "most", "first"),
    [(None, 4, 6), (None, 3, 6), (None, 99, 0), (6, 4, 4), (5, 4, 4), (77, 4, 6), (1, 4, 0)],
)
def test_a_window_begins_with_a_question(since: int | None, most: int, first: int) -> None:
    branch = [Node(number, number - 1 or None) for number in range(1, 11)]
    assert first_shown(branch, since, most) == first
