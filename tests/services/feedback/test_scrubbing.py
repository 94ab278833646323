import pytest

from clover_chat.services.feedback.scrubbing import Scrubber


@pytest.mark.parametrize(
    ("text", "expected", "kind"),
    [
        ("Seen by Dr. Jane Doe.", "Seen by Dr. [name].", "name"),
        ("Mr O'Neill-Smith has it.", "Mr [name] has it.", "name"),
        ("ask mrs. doe again", "ask mrs. [name] again", "name"),
        ("Prof. Dr. J. van der Berg agreed", "Prof. Dr. [name] agreed", "name"),
        ("Frau Müller, colon", "Frau [name], colon", "name"),
        ("Patient name: Jane Doe", "Patient name: [name]", "name"),
        ("Biopsy of patient Jane Doe", "Biopsy of patient [name]", "name"),
        ("born 1957-03-14", "born [date]", "date"),
        ("on 14.3.1957 and", "on [date] and", "date"),
        ("on 3/14/57 and", "on [date] and", "date"),
        ("taken 14 March 2024, cut", "taken [date], cut", "date"),
        ("since March 14th, 2024", "since [date]", "date"),
        ("in Sept 2023.", "in [date].", "date"),
        ("MRN 12345 shows", "MRN [number] shows", "number"),
        ("MRN: 00-123-45", "MRN: [number]", "number"),
        ("accession number S24-12345", "accession number [number]", "number"),
        ("See SP24-001234 too", "See [number] too", "number"),
        ("case no. 4711/24 again", "case no. [number] again", "number"),
        ("id 4700123456 here", "id [number] here", "number"),
        ("jane.doe+x@clinic.example.org wrote", "[e-mail] wrote", "e-mail"),
        ("ring 555-123-4567 now", "ring [phone] now", "phone"),
        ("ring +49 30 1234567.", "ring [phone].", "phone"),
        ("Tel: 30 12 34 56", "Tel: [phone]", "phone"),
        ("call (030) 123-4567", "call [phone]", "phone"),
    ],
)
def test_what_may_name_somebody_is_replaced_and_counted(
    text: str, expected: str, kind: str
) -> None:
    scrub = Scrubber()
    assert scrub(text) == expected
    assert scrub.counts == {kind: 1}
    assert scrub(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Colon adenocarcinoma, pT2 N0, grade 2, CD20+, Ki-67 in 20 to 30%.",
        "Gleason 3+4=7; 12 of 14 cores; 3/10 high-power fields.",
        "10 x 12 x 5 mm at 0.25 mpp, 40x; 1:100 dilution of p53.",
        "MR imaging and PAS stain; the patient has HPV 16/18.",
        "HER2 2+, score 8, ratio 1.25, 150,000 cells per mm2.",
        "Case of Hodgkin lymphoma; case 2 shows the record size.",
        "Patients may show Barrett mucosa; the patient shows Crohn disease.",
        "It may 12 or 24 hours later look the same.",
    ],
)
def test_pathology_is_left_alone(text: str) -> None:
    scrub = Scrubber()
    assert scrub(text) == text
    assert not scrub.counts
