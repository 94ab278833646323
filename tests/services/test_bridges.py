import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clover_chat.errors import BridgeError, BridgeMismatch, PromotionError, StorageError
from clover_chat.model.bridge_folder import GATE, READING_NAMES, TENSORS, hashes, read_bridge
from clover_chat.services.bridge_views import Difference
from clover_chat.services.bridges import BridgeService
from clover_chat.storage.promotions import NAME, Act, Gate, Promotions
from tests.bridges import write_bridge
from tests.kills import killed_at_each_step

PRESET = "clover-tiny"
KEPT = (NAME, "round-1", "round-2")


def anything(folder: Path) -> None:
    """Take every folder for one that could answer."""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bridges"


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    return write_bridge(tmp_path / "shipped", 1)


@pytest.fixture
def service(directory: Path, shipped: Path) -> BridgeService:
    return BridgeService(directory, PRESET, shipped, anything)


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return write_bridge(tmp_path / "round-1", 2)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return write_bridge(tmp_path / "round-2", 3)


@pytest.fixture
def judge(one: Path, shipped: Path) -> Callable[..., None]:
    """Write a verdict into the folder of round 1, right where nothing else is said."""

    def write(**changes: object) -> None:
        right = {
            "passed": True,
            "candidate": read_bridge(one).sha256,
            "parent": read_bridge(shipped).sha256,
        }
        (one / GATE).write_text(json.dumps({**right, **changes}))

    return write


def active(service: BridgeService) -> list[str]:
    return [row.name for row in service.rows() if row.is_active]


# Promoting


def test_before_any_promotion_the_shipped_bridge_answers(
    service: BridgeService, shipped: Path, directory: Path
) -> None:
    assert (service.chosen().folder, service.chosen().number) == (shipped, 0)
    assert active(service) == [PRESET]
    assert not directory.exists()


def test_a_folder_from_elsewhere_is_copied_and_answers(
    service: BridgeService, one: Path, directory: Path
) -> None:
    change = service.promote(str(one))
    chosen = service.chosen()
    assert (chosen.folder, chosen.number) == (directory / "round-1", 1)
    assert chosen.sha256 == read_bridge(one).sha256
    assert hashes(directory / "round-1") == hashes(one)
    assert (change.promotion.bridge, change.before) == ("round-1", PRESET)
    assert active(service) == ["round-1"]


def test_it_may_be_given_another_name(service: BridgeService, one: Path) -> None:
    service.promote(str(one), called="season-2.week_1")
    assert active(service) == ["season-2.week_1"]


def test_a_bridge_that_was_put_there_by_hand_is_promoted_by_name(
    service: BridgeService, one: Path, directory: Path
) -> None:
    shutil.copytree(one, directory / "by-hand")
    service.promote("by-hand")
    assert service.chosen().folder == directory / "by-hand"


def test_only_files_of_a_bridge_are_copied(
    service: BridgeService, one: Path, directory: Path
) -> None:
    (one / "optimiser.bin").write_text("large")
    service.promote(str(one))
    assert not (directory / "round-1" / "optimiser.bin").exists()


def test_the_shipped_bridge_can_be_promoted_again(
    service: BridgeService, one: Path, shipped: Path
) -> None:
    service.promote(str(one))
    service.promote(PRESET)
    assert service.chosen().folder == shipped
    assert active(service) == [PRESET]


def test_presets_have_histories_of_their_own(
    service: BridgeService, one: Path, directory: Path
) -> None:
    other = BridgeService(directory, "clover-other", None, anything)
    service.promote(str(one))
    assert other.chosen().folder is None
    with pytest.raises(PromotionError, match="nothing to go back to"):
        other.rollback()


def test_what_the_settings_name_answers_whatever_is_promoted(
    directory: Path, shipped: Path, one: Path, two: Path
) -> None:
    service = BridgeService(directory, PRESET, shipped, anything, named=two)
    service.promote(str(one))
    assert service.chosen().folder == two
    assert active(service) == []


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("round-9", r"There is no bridge 'round-9'\. There are: clover-tiny, round-1\."),
        ("../round-1", "There is no bridge"),
        ("", "There is no bridge"),
        ("round-1", "answers already"),
    ],
)
def test_what_cannot_be_promoted_is_a_sentence_and_the_active_one_stays(
    service: BridgeService, one: Path, wanted: str, sentence: str
) -> None:
    service.promote(str(one))
    with pytest.raises(PromotionError, match=sentence):
        service.promote(wanted)
    assert active(service) == ["round-1"]
    assert service.chosen().number == 1


def test_a_damaged_folder_is_refused_before_anything_is_copied(
    service: BridgeService, one: Path, directory: Path
) -> None:
    (one / TENSORS).write_bytes((one / TENSORS).read_bytes()[:-1])
    with pytest.raises(BridgeError, match="missing or damaged"):
        service.promote(str(one))
    assert not (directory / "round-1").exists()
    assert active(service) == [PRESET]


def test_a_folder_that_could_not_answer_is_refused_before_anything_is_copied(
    directory: Path, shipped: Path, one: Path
) -> None:
    def refuse(folder: Path) -> None:
        raise BridgeMismatch(f"The bridge {folder.name} belongs to another model.")

    service = BridgeService(directory, PRESET, shipped, refuse)
    with pytest.raises(BridgeMismatch, match="round-1 belongs to another model"):
        service.promote(str(one))
    assert not (directory / "round-1").exists()
    assert active(service) == [PRESET]


def test_a_name_that_is_taken_by_another_bridge_is_not_taken_away(
    service: BridgeService, one: Path, two: Path, directory: Path
) -> None:
    service.promote(str(one))
    for name in ("round-1", PRESET):
        with pytest.raises(PromotionError, match=r"another bridge called .* --as"):
            service.promote(str(two), called=name)
    assert hashes(directory / "round-1") == hashes(one)


@pytest.mark.parametrize("name", ["with blank", ".hidden", "a/b", "..", "x" * 65, "promotions\n"])
def test_a_bridge_cannot_be_called_anything(service: BridgeService, one: Path, name: str) -> None:
    with pytest.raises(PromotionError, match="cannot be called"):
        service.promote(str(one), called=name)
    assert active(service) == [PRESET]


def test_a_bridge_whose_reading_was_renewed_is_promoted_anew(
    service: BridgeService, one: Path, two: Path, directory: Path
) -> None:
    service.promote(str(one))
    service.promote(str(two))
    (directory / "round-1" / READING_NAMES).write_text("{}")
    assert service.promote("round-1").promotion.number == 3


def test_a_folder_that_changes_while_it_is_copied_is_not_installed(
    directory: Path, shipped: Path, one: Path
) -> None:
    def meddle(folder: Path) -> None:
        (folder / "tokenizer.json").write_text("{}")

    service = BridgeService(directory, PRESET, shipped, meddle)
    with pytest.raises(StorageError, match=r"tokenizer\.json .* changed while it was copied"):
        service.promote(str(one))
    assert [row.name for row in service.rows()] == [PRESET]


# The gate


def test_a_gate_that_passed_lets_a_bridge_through_without_a_word(
    service: BridgeService, one: Path, judge: Callable[..., None]
) -> None:
    judge()
    change = service.promote(str(one))
    assert (change.promotion.gate, change.remark) == (Gate.PASSED, "")


def test_a_bridge_without_a_gate_is_promoted_with_a_remark(
    service: BridgeService, one: Path
) -> None:
    change = service.promote(str(one))
    assert change.promotion.gate is Gate.NONE
    assert "No gate has compared round-1" in change.remark


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"passed": False}, "The gate refused round-1"),
        ({"candidate": "e" * 64}, "is about another bridge: it names SHA-256 eeeeeeeeeeee"),
        ({"parent": "e" * 64}, "compares it with the bridge eeeeeeeeeeee"),
    ],
)
def test_a_gate_that_refused_is_heeded_unless_the_operator_insists(
    service: BridgeService,
    one: Path,
    judge: Callable[..., None],
    changes: dict[str, object],
    sentence: str,
) -> None:
    judge(**changes)
    with pytest.raises(PromotionError, match=f"{sentence}.*--anyway"):
        service.promote(str(one))
    assert active(service) == [PRESET]
    change = service.promote(str(one), anyway=True)
    assert change.promotion.gate is Gate.OVERRIDDEN
    assert "promoted even so" in change.remark


def test_a_verdict_over_a_bridge_that_no_longer_answers_is_stale(
    service: BridgeService, one: Path, two: Path, judge: Callable[..., None]
) -> None:
    judge()
    service.promote(str(two))
    with pytest.raises(PromotionError, match="is the one that answers"):
        service.promote(str(one))


# Going back


def test_a_rollback_says_to_what_it_went_back_and_further_each_time(
    service: BridgeService, one: Path, two: Path, shipped: Path
) -> None:
    service.promote(str(one))
    service.promote(str(two))
    first, second = service.rollback(), service.rollback()
    assert (first.promotion.bridge, first.before) == ("round-1", "round-2")
    assert (second.promotion.bridge, second.before) == (PRESET, "round-1")
    assert first.promotion.sha256 == read_bridge(one).sha256
    assert service.chosen().folder == shipped
    with pytest.raises(PromotionError, match=r"nothing to go back to: clover-tiny is the first"):
        service.rollback()


def test_after_going_back_the_next_promotion_goes_back_to_there(
    service: BridgeService, one: Path, two: Path
) -> None:
    service.promote(str(one))
    service.rollback()
    service.promote(str(two))
    assert service.rollback().promotion.bridge == PRESET
    with pytest.raises(PromotionError, match="nothing to go back to"):
        service.rollback()


def test_a_preset_without_a_folder_can_be_gone_back_to(directory: Path, one: Path) -> None:
    service = BridgeService(directory, PRESET, None, anything)
    service.promote(str(one))
    assert service.rollback().promotion.sha256 == ""
    assert service.chosen().folder is None
    assert active(service) == [PRESET]
    service.promote("round-1")
    assert service.rollback().promotion.bridge == PRESET


def test_the_history_is_only_ever_added_to(
    service: BridgeService, one: Path, two: Path, directory: Path
) -> None:
    service.promote(str(one))
    before = Promotions(directory).history()
    service.promote(str(two))
    service.rollback()
    history = Promotions(directory).history()
    assert history[:1] == before
    assert [(each.act, each.bridge) for each in history] == [
        (Act.PROMOTED, "round-1"),
        (Act.PROMOTED, "round-2"),
        (Act.ROLLED_BACK, "round-1"),
    ]


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_a_bridge_that_is_gone_or_changed_cannot_be_gone_back_to(
    service: BridgeService, one: Path, two: Path, directory: Path, damage: str
) -> None:
    service.promote(str(one))
    service.promote(str(two))
    shutil.rmtree(directory / "round-1")
    if damage == "changed":
        write_bridge(directory / "round-1", 4)
    with pytest.raises(PromotionError, match=r"There is no bridge 'round-1'|changed since"):
        service.rollback()
    assert active(service) == ["round-2"]


# Several at once, and killed in the middle


def test_nobody_s_promotion_is_lost_when_several_promote_at_once(
    directory: Path, shipped: Path, tmp_path: Path
) -> None:
    folders = [write_bridge(tmp_path / f"by-{seed}", seed) for seed in range(2, 8)]

    def promote(folder: Path) -> int:
        service = BridgeService(directory, PRESET, shipped, anything)
        return service.promote(str(folder)).promotion.number

    with ThreadPoolExecutor(len(folders)) as people:
        numbers = sorted(people.map(promote, folders))
    history = Promotions(directory).history()
    assert numbers == [each.number for each in history] == list(range(1, 7))
    assert {each.bridge for each in history} == {folder.name for folder in folders}
    assert [each.back_to for each in history] == list(range(6))


def test_a_promotion_that_is_killed_leaves_the_old_state_or_the_new_one(
    tmp_path: Path, directory: Path, shipped: Path, one: Path, two: Path
) -> None:
    BridgeService(directory, PRESET, shipped, anything).promote(str(one))
    shutil.copytree(directory, tmp_path / "before")

    def prepare() -> Callable[[], object]:
        shutil.rmtree(directory)
        shutil.copytree(tmp_path / "before", directory)
        return lambda: BridgeService(directory, PRESET, shipped, anything).promote(str(two))

    states = []
    for _step in killed_at_each_step(directory, prepare):
        found = BridgeService(directory, PRESET, shipped, anything)
        states.extend(active(found))
        folder = found.chosen().folder
        assert folder is not None
        assert hashes(folder) == hashes({"round-1": one, "round-2": two}[states[-1]])
        assert not [row.problem for row in found.rows() if row.problem]
        if states[-1] == "round-1":
            found.promote(str(two))
            assert sorted(each.name for each in directory.iterdir()) == [".lock", *KEPT]
        assert active(found) == ["round-2"]
    assert states == sorted(states)
    assert set(states) == {"round-1", "round-2"}


def test_a_rollback_that_is_killed_leaves_the_old_state_or_the_new_one(
    tmp_path: Path, directory: Path, shipped: Path, one: Path
) -> None:
    BridgeService(directory, PRESET, shipped, anything).promote(str(one))
    shutil.copytree(directory, tmp_path / "before")

    def prepare() -> Callable[[], object]:
        shutil.rmtree(directory)
        shutil.copytree(tmp_path / "before", directory)
        return BridgeService(directory, PRESET, shipped, anything).rollback

    states = []
    for _step in killed_at_each_step(directory, prepare):
        states.extend(active(BridgeService(directory, PRESET, shipped, anything)))
    assert set(states) == {"round-1", PRESET}
    assert states == sorted(states, reverse=True)


# Looking


def test_the_list_holds_damaged_and_foreign_bridges_with_what_is_wrong(
    service: BridgeService, one: Path, directory: Path
) -> None:
    service.promote(str(one))
    write_bridge(directory / "foreign", preset="clover-other")
    (directory / "torn").mkdir()
    rows = {row.name: row for row in service.rows()}
    assert list(rows) == [PRESET, "foreign", "round-1", "torn"]
    assert rows["round-1"].version == "0.2"
    assert rows["round-1"].sha256 == read_bridge(one).sha256
    assert rows["round-1"].promoted_at is not None
    assert rows["foreign"].problem == "It belongs to the model clover-other."
    assert "missing or damaged" in rows["torn"].problem


def test_a_bridge_is_shown_with_its_promotions(
    service: BridgeService, one: Path, two: Path
) -> None:
    service.promote(str(one))
    service.promote(str(two))
    service.rollback()
    shown = service.show("round-1")
    assert shown.is_active
    assert [each.act for each in shown.promotions] == [Act.PROMOTED, Act.ROLLED_BACK]
    assert not service.show(str(two)).is_active


def test_two_bridges_are_compared_by_what_they_say_of_themselves(
    service: BridgeService, tmp_path: Path
) -> None:
    left = write_bridge(
        tmp_path / "left",
        2,
        metrics={
            "same": 1.0,
            "right": {"value": 0.5, "low": 0.4, "high": 0.6},
            "lineage": {"parent": "a" * 64, "recipe": {"steps": 40, "seed": 0}},
        },
    )
    right = write_bridge(
        tmp_path / "right",
        2,
        metrics={
            "same": 1.0,
            "right": {"value": 0.75, "low": 0.6, "high": 0.9},
            "new": 2,
            "lineage": {"parent": "b" * 64, "recipe": {"steps": 80, "seed": 0}},
        },
    )
    found = {each.what: each for each in service.compare(str(left), str(right))}
    assert found.pop("file: metrics.json")
    assert list(found.values()) == [
        Difference("parent", "a" * 12, "b" * 12),
        Difference("recipe: steps", "40", "80"),
        Difference("measured: right", "0.5 (0.4 to 0.6)", "0.75 (0.6 to 0.9)"),
        Difference("measured: new", "-", "2"),
    ]
    assert service.compare(str(left), str(left)) == ()


@pytest.mark.parametrize(
    "text", ["", "{", '{"format": 9, "promotions": []}', '{"format": 1, "promotions": [{}]}', "[]"]
)
def test_a_damaged_history_is_a_sentence_and_is_not_written_over(
    service: BridgeService, one: Path, directory: Path, text: str
) -> None:
    directory.mkdir(parents=True)
    (directory / NAME).write_text(text)
    for use in (service.chosen, service.rows, service.rollback, lambda: service.promote(str(one))):
        with pytest.raises(StorageError, match=r"history of bridges .* cannot be read"):
            use()
    assert (directory / NAME).read_text() == text


# Opening one beside another


def test_a_bridge_is_found_by_name_and_checked_first(
    service: BridgeService, shipped: Path, one: Path, directory: Path
) -> None:
    service.promote(str(one))
    assert (service.folder(PRESET), service.folder("round-1")) == (shipped, directory / "round-1")
    with pytest.raises(PromotionError, match="There is no bridge 'round-9'"):
        service.folder("round-9")


def test_a_preset_without_a_folder_is_found_without_one(directory: Path) -> None:
    assert BridgeService(directory, PRESET, None, anything).folder(PRESET) is None
