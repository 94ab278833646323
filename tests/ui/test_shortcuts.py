import re
from pathlib import Path

from clover_chat.ui import look, shortcuts
from clover_chat.ui.scripts import MODULE_DIR

ROOT = Path(__file__).parents[2]


def viewer_keys() -> set[str]:
    """Return the keys that the slide viewer takes for itself."""
    source = (MODULE_DIR / "keys.js").read_text(encoding="utf-8")
    table = source.split("const keys = {")[1].split("};")[0]
    named = re.findall(r'(?:"([^"]+)"|(\w+)):', table)
    return {quoted or bare for quoted, bare in named}


def test_the_readme_and_the_sheet_show_the_same_keys() -> None:
    assert shortcuts.markdown_table() in (ROOT / "README.md").read_text(encoding="utf-8")
    sheet = str(shortcuts.component().value)
    for group in shortcuts.GROUPS.values():
        for each in group:
            assert each.shown in sheet
            assert each.does in sheet


def test_every_action_of_the_table_is_written_and_every_written_one_is_in_the_table() -> None:
    script = look.script("shortcuts.js").split("const actions = {")[1].split("};")[0]
    written = set(re.findall(r"^  (\w+): ", script, re.MULTILINE))
    assert written == set(shortcuts.actions().values())


def test_a_key_of_the_page_means_the_same_on_a_slide_or_nothing_there() -> None:
    keys = [key for each in (*shortcuts.PAGE, *shortcuts.SLIDE) for key, _ in each.actions]
    assert len(keys) == len(set(keys))
    assert set(keys) & viewer_keys() == {"d", "Escape"}  # draws on both; stops, or lets go


def test_every_key_of_the_viewer_is_in_the_table() -> None:
    told = " ".join(each.shown for each in shortcuts.SLIDE).lower().replace("\u2212", "-")
    unnamed = {"=", "_", "Home", "Escape"}  # other ways to the same, and Esc by its short name
    for key in viewer_keys() - unnamed:
        assert (key.removeprefix("Arrow").lower() in told) or key.startswith("Arrow")
