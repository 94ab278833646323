import pytest
from hypothesis import given
from hypothesis import strategies as st

from clover_chat.knowledge.words import stem, stems, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tumours", "tumor"),
        ("haematoxylin", "hematoxylin"),
        ("oedema", "edema"),
        ("fibres", "fiber"),
        ("staining", "stains"),
        ("normalisation", "normalized"),
        ("labelled", "labeling"),
        ("naevi", "nevus"),
        ("papillae", "papilla"),
        ("carcinomata", "carcinomas"),
        ("metastases", "metastatic"),
        ("necrotic", "necrosis"),
        ("mitoses", "mitotic"),
        ("dysplastic", "dysplasia"),
        ("glomeruli", "glomerulus"),
        ("bacteria", "bacterium"),
        ("biopsies", "biopsy"),
        ("leucocytes", "leukocyte"),
        ("histological", "histology"),
        ("phaeochromocytoma", "pheochromocytomas"),
        ("artefacts", "artifact"),
        ("Hürthle", "hurthle"),
    ],
)
def test_spellings_plurals_and_adjectives_share_a_stem(one: str, other: str) -> None:
    assert stems(one) == stems(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hyperplasia", "hypoplasia"),
        ("lipoma", "myoma"),
        ("dysplasia", "metaplasia"),
        ("sarcoma", "carcinoma"),
        ("neutrophil", "eosinophil"),
    ],
)
def test_different_findings_keep_different_stems(one: str, other: str) -> None:
    assert stems(one) != stems(other)


@pytest.mark.parametrize("spelt", ["Ki-67", "Ki 67", "ki67", "KI67"])
def test_a_short_name_and_its_number_are_one_word(spelt: str) -> None:
    assert stems(spelt) == ["ki67"]


@pytest.mark.parametrize("spelt", ["H&E", "H & E", "h and e", "H+E"])
def test_the_routine_stain_is_one_word(spelt: str) -> None:
    assert len(stems(spelt)) == 1
    assert stems(spelt) == stems("H&E")


def test_greek_letters_and_possessives_are_spelt_out_and_dropped() -> None:
    assert words("β-catenin in Wilson's disease") == ["beta", "catenin", "in", "wilson", "disease"]


@given(st.text(max_size=200))
def test_any_text_comes_down_to_plain_words(text: str) -> None:
    assert all(word.isalnum() and word.isascii() for word in words(text))


@given(st.from_regex(r"[a-z]{4,16}", fullmatch=True))
def test_a_stem_is_never_empty(word: str) -> None:
    assert stem(word)
