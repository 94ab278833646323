import pytest

from clover_chat.knowledge.cards import cards, overlap
from clover_chat.knowledge.checking import belief
from clover_chat.knowledge.claims import claim_reader
from clover_chat.knowledge.names import Aspect, as_certain, known_names
from clover_chat.knowledge.sentences import SentenceCutter


def claimed(sentence: str) -> list[str]:
    return [claim.names[0].title for claim in claim_reader().claims(sentence)]


@pytest.mark.parametrize(
    ("sentence", "titles"),
    [
        ("This is lung adenocarcinoma.", ["lung adenocarcinoma"]),
        ("Yes, this is a monocyte.", ["monocyte"]),
        ("No, this is normal (benign) lung tissue.", ["normal (benign) lung tissue"]),
        ("The sample is from the uterine cervix.", ["uterine cervix"]),
        ("The stain is May-Gruenwald-Giemsa.", ["Giemsa (thin smear)"]),
        (
            "A sample from the lung, stained with H&E: lung adenocarcinoma.",
            ["lung", "H&E", "lung adenocarcinoma"],
        ),
        ("Colon adenocarcinoma, H&E.", ["colon adenocarcinoma", "H&E"]),
        ("It is malignant: colon adenocarcinoma.", ["malignant", "colon adenocarcinoma"]),
        ("A peripheral blood smear with an erythroblast.", ["erythroblast"]),
        ("This PAS-stained section is from the kidney.", ["periodic acid-Schiff", "kidney"]),
        ("Lung adenocarcinoma is the most likely diagnosis.", ["lung adenocarcinoma"]),
        ("The colonic mucosa shows irregular crypts.", ["colon"]),
        ("This could be colon adenocarcinoma.", ["colon adenocarcinoma"]),
        ("Colon adenocarcinoma rather than lung adenocarcinoma.", ["colon adenocarcinoma"]),
        ("It is not LSIL but HSIL.", ["high-grade squamous intraepithelial lesion (HSIL)"]),
        ("Without doubt, and not only here, this is a basophil.", ["basophil"]),
    ],
)
def test_what_a_sentence_claims(sentence: str, titles: list[str]) -> None:
    assert claimed(sentence) == titles


@pytest.mark.parametrize(
    "sentence",
    [
        "It is not lung adenocarcinoma.",
        "No lung adenocarcinoma is seen.",
        "There is no sign of colon adenocarcinoma or fibroadenoma.",
        "This isn't from the colon.",
        "Neither colon adenocarcinoma nor fibroadenoma fits.",
        "Is this lung adenocarcinoma?",
        'You ask "is this a fibroadenoma".',
        "Whether this is a fibroadenoma cannot be said.",
        "What else it could be: colon adenocarcinoma.",
        "The differential diagnosis includes colon adenocarcinoma and fibroadenoma.",
        "Colon adenocarcinoma comes into question.",
        "That distinguishes it from colon adenocarcinoma.",
        "It can be mistaken for a lymphocyte.",
        "A monocyte is larger, with a folded nucleus.",
        "Squamous cell carcinoma has pleomorphic cells.",
        "Unlike colon adenocarcinoma, it forms no glands.",
        "A lymphocyte lies beside it.",
        "Platelets break off from megakaryocytes in the bone marrow.",
        "A metastasis from the breast is excluded by staining.",
        "He adds a comment.",
        "The blood vessels are congested.",
        "",
    ],
)
def test_what_is_denied_compared_or_asked_is_not_claimed(sentence: str) -> None:
    assert claimed(sentence) == []


@pytest.mark.parametrize("key", cards())
def test_nothing_that_a_card_says_contradicts_it(key: str) -> None:
    known = cards()[key]
    certain = as_certain(key, known.organ, known.stains[0])
    answers = [item.answer for item in known.questions]
    said = [*known.seen, *known.may_show, *known.not_seen, known.sure, known.power, *answers]
    said += known.tells_apart.values()
    for text in said:
        for sentence in _sentences(text):
            beliefs = {c.text: belief(c, certain) for c in claim_reader().claims(sentence)}
            assert all(beliefs.values()), (sentence, beliefs)


FORMS = (
    "This is {phrase}.",
    "No, this is {phrase}.",
    "The picture is that of {phrase}.",
    "The findings are those of {phrase}.",
    "The image shows {phrase}.",
    "{Phrase}.",
    "{Phrase}, {stain}.",
    "{Specimen}, {stain}: {phrase}.",
    "{Specimen} with {phrase}.",
    "This image, stained with {stain}, shows {phrase}.",
)


@pytest.mark.parametrize("form", FORMS)
def test_every_wrong_label_is_found_in_every_form_the_bridge_was_trained_to_write(
    form: str,
) -> None:
    for key, known in cards().items():
        certain = as_certain(key, known.organ, known.stains[0])
        for other in cards().values():
            if overlap(key, other.key):
                continue
            sentence = form.format(
                phrase=other.phrase,
                Phrase=other.phrase[:1].upper() + other.phrase[1:],
                Specimen=other.specimen[:1].upper() + other.specimen[1:],
                stain=other.stains[0],
            )
            claims = claim_reader().claims(sentence)
            assert any(belief(claim, certain) == 0 for claim in claims), (key, sentence)


def test_labels_that_overlap_and_stains_with_two_names_are_one_claim() -> None:
    certain = as_certain("neutrophil", "peripheral blood", "May-Gruenwald-Giemsa")
    said = "A blood smear, stained with Giemsa. This is a segmented neutrophil."
    claims = [claim for each in _sentences(said) for claim in claim_reader().claims(each)]
    assert len(claims) == 3
    assert [belief(claim, certain) for claim in claims] == [1.0, 1.0, 1.0]


def test_of_a_label_without_a_nature_neither_is_held_false() -> None:
    certain = as_certain("monocyte", "peripheral blood", "May-Gruenwald-Giemsa")
    for sentence in ("It is malignant.", "It is benign."):
        (claim,) = claim_reader().claims(sentence)
        assert belief(claim, certain) == 1.0


def test_every_label_organ_and_stain_of_the_cards_can_be_claimed() -> None:
    true_of = {aspect: set[str]() for aspect in Aspect}
    for name in known_names().names:
        true_of[name.aspect] |= name.true_of
    assert {card.organ for card in cards().values()} <= true_of[Aspect.ORGAN]
    assert {stain for card in cards().values() for stain in card.stains} <= true_of[Aspect.STAIN]
    assert set(cards()) <= true_of[Aspect.LABEL]


def _sentences(text: str) -> list[str]:
    cutter = SentenceCutter()
    return [*cutter.feed(text), cutter.rest()]
