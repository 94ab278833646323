import pytest

from clover_chat.knowledge.following_up import FollowUp, follow_up, labels_named


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("How sure are you?", FollowUp.CERTAINTY),
        ("Are you really certain?", FollowUp.CERTAINTY),
        ("How confident can one be?", FollowUp.CERTAINTY),
        ("How likely is that?", FollowUp.CERTAINTY),
        ("Why?", FollowUp.REASONS),
        ("What makes you say that?", FollowUp.REASONS),
        ("Which features support this?", FollowUp.REASONS),
        ("Is that typical?", FollowUp.TYPICAL),
        ("Would you call that typical?", FollowUp.TYPICAL),
        ("How sure are you that this is a basophil?", FollowUp.CERTAINTY),
        ("What are the typical features here?", None),
        ("What is missing in this image?", FollowUp.ABSENT),
        ("What do you not see here?", FollowUp.ABSENT),
        ("At which power is this judged?", FollowUp.POWER),
        ("What else could it be?", FollowUp.OTHERS),
        ("What is the differential diagnosis?", FollowUp.OTHERS),
        ("With what could it be confused?", FollowUp.OTHERS),
        ("Why is it not a lymphocyte?", FollowUp.COMPARISON),
        ("How would a monocyte look?", FollowUp.COMPARISON),
        ("How do you tell it apart from its neighbors?", FollowUp.COMPARISON),
        ("What is the most likely diagnosis?", None),
        ("What is it most likely?", None),
        ("Describe the image.", None),
        ("Which organ is this?", None),
        ("What else may be seen in such a case?", FollowUp.VARIATION),
        ("How was this slide stained?", None),
        ("How would you classify this?", None),
    ],
)
def test_what_a_follow_up_asks_for(question: str, asked: FollowUp | None) -> None:
    assert follow_up(question) is asked


def test_labels_are_named_by_any_of_their_spellings() -> None:
    assert labels_named("How would a neutrophil differ from NILM?") >= {"neutrophil"}
    assert labels_named("Why is it not lung adenocarcinoma?") == {"lung adenocarcinoma"}
    assert not labels_named("Which organ is this?")
