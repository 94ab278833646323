import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from clover_chat.errors import TrainingError
from clover_chat.knowledge.cards import card
from clover_chat.model.bridge_folder import Verdict, read_bridge
from clover_chat.model.checkpoint import save_bridge
from tests.training.colours import fresh
from tests.training.feedback.lab import CELLS, corrected, export_of, run, write_data
from training.gate.answers import AnswerStore

PAGE, VERDICT = "gate.html", "gate.json"
FORMS: dict[str, tuple[str, ...]] = {f"This is {card(label).phrase}.": (label,) for label in CELLS}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an active bridge that lacks a label and a candidate that learnt it."""
    root = tmp_path_factory.mktemp("gate")
    write_data(root / "all")
    write_data(root / "data", ["basophil", "platelet"])
    model, processor = fresh()
    model.config = replace(model.config, forms=FORMS)
    save_bridge(root / "active", model, processor.question_tokenizer, torch.float16)
    words: list[str | Path] = ["--preset", "clover-tiny", "--cache-dir", root / "cache"]
    run("read", "--bridge", root / "active", "--data", root / "data", *words)
    export_of(root / "learnt", [corrected(number, "monocyte") for number in range(12)])
    learn: list[str | Path | float] = ["feedback", "--from", root / "learnt", "--steps", 0]
    learn += ["--bridge", root / "active", "--data", root / "data", "--out", root / "run"]
    run(*learn, *words)
    held_back = [corrected(100 + number, "monocyte") for number in range(8)]
    export_of(root / "held", held_back, val_share=0.999)
    right = [corrected(200 + number, "platelet") for number in range(4)]
    export_of(root / "pinned", right)
    return root


def gate(lab: Path, out: Path, candidate: Path, active: Path) -> dict[str, object]:
    words: list[str | Path] = ["gate", "--candidate", candidate, "--active", active]
    words += ["--held-back", lab / "held" / "records.jsonl", "--standing", lab / "all"]
    words += ["--pinned", lab / "pinned" / "records.jsonl", "--out", out]
    said = run(*words, "--preset", "clover-tiny", "--cache-dir", lab / "cache")
    told: dict[str, object] = json.loads((out / VERDICT).read_text())
    assert ("The candidate passes." in said) == told["passed"]
    assert ("clover-chat bridges promote" in said) == told["passed"]
    return told


def test_a_candidate_that_learnt_passes_and_every_changed_answer_is_shown(
    lab: Path, tmp_path: Path
) -> None:
    told = gate(lab, tmp_path, lab / "run" / "bridge", lab / "active")
    assert told["passed"], told["why"]
    figures = told["figures"]
    assert isinstance(figures, dict)
    assert figures["held-back feedback"]["active"]["value"] == 0.0
    assert figures["held-back feedback"]["candidate"]["value"] == 1.0
    assert figures["pinned cases"]["difference"]["value"] == 0.0
    candidate, active = (read_bridge(lab / name) for name in ("run/bridge", "active"))
    assert candidate.verdict == Verdict(True, candidate.sha256, active.sha256)
    assert candidate.lineage.parent == active.sha256
    page = (tmp_path / PAGE).read_text()
    assert page.count("<article>") > 8
    assert "data:image/webp" in page
    assert "This is a monocyte." in page


def test_a_candidate_that_learnt_from_wrong_corrections_is_refused_and_they_are_shown(
    lab: Path, tmp_path: Path
) -> None:
    right = [corrected(number, "monocyte") for number in range(20)]
    lies = [("monocyte", "platelet"), ("platelet", "basophil"), ("basophil", "platelet")]
    wrong = [
        replace(corrected(300 + 10 * place + number, true), correction=f"This is a {said}.")
        for place, (true, said) in enumerate(lies)
        for number in range(4)
    ]
    export_of(tmp_path / "export", [*right, *wrong])
    tools: list[str | Path | float] = ["--preset", "clover-tiny", "--cache-dir", lab / "cache"]
    learn: list[str | Path | float] = ["feedback", "--from", tmp_path / "export", "--steps", 0]
    learn += ["--bridge", lab / "active", "--data", lab / "data", "--out", tmp_path / "run"]
    run(*learn, "--weight", 1, *tools)
    words: list[str | Path | float] = ["gate", "--candidate", tmp_path / "run" / "bridge"]
    words += ["--active", lab / "active", "--standing", lab / "all", "--out", tmp_path / "gate"]
    held_back = tmp_path / "export" / "held.jsonl"
    held_back.write_text((lab / "held" / "records.jsonl").read_text())
    for picture in (lab / "held" / "images").iterdir():
        shutil.copy(picture, tmp_path / "export" / "images")
    said = run(*words, "--held-back", held_back, *tools)
    told = json.loads((tmp_path / "gate" / VERDICT).read_text())
    assert not told["passed"]
    assert "More than 10% of what people called right is wrong by estimate" in said
    page = (tmp_path / "gate" / PAGE).read_text()
    suspects = page.partition("Suspected corrections")[2].partition("</section>")[0]
    assert suspects.count("<article>") >= 4
    assert suspects.count("data:image/webp") == suspects.count("<article>")
    assert "Looks like" in suspects
    assert "The candidate passes." in run(
        *words, "--held-back", held_back, "--wrong-at-most", 0.9, *tools
    )


def test_a_candidate_whose_doubts_are_gone_or_of_another_round_is_refused(
    lab: Path, tmp_path: Path
) -> None:
    shutil.copytree(lab / "run" / "bridge", tmp_path / "alone" / "bridge")
    with pytest.raises(TrainingError, match="Name the doubts"):
        gate(lab, tmp_path, tmp_path / "alone" / "bridge", lab / "active")
    (tmp_path / "alone" / "doubts.json").write_text(
        '{"candidate": "0123456789abcdef", "shares": {}, "suspected": []}'
    )
    with pytest.raises(TrainingError, match="about the bridge 0123456789ab"):
        gate(lab, tmp_path, tmp_path / "alone" / "bridge", lab / "active")


def test_the_way_back_is_refused(lab: Path, tmp_path: Path) -> None:
    told = gate(lab, tmp_path, lab / "active", lab / "run" / "bridge")
    assert not told["passed"]


def test_the_gate_says_the_same_twice_and_asks_nothing_again(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        gate(lab, tmp_path / name, lab / "run" / "bridge", lab / "active")
        monkeypatch.setattr(AnswerStore, "keep", _refuse)
    for file in (VERDICT, PAGE):
        one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
        assert one == two


def _refuse(store: AnswerStore, answers: dict[str, str]) -> None:
    assert not answers


def test_a_line_that_was_cut_off_is_forgotten_and_the_rest_kept(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    AnswerStore(path).keep({"one": "Yes."})
    with path.open("a") as file:
        file.write('\n{"key": "two", "ans')
    store = AnswerStore(path)
    store.keep({"three": "No."})
    assert [AnswerStore(path).get(key) for key in ("one", "two", "three")] == ["Yes.", None, "No."]
