import re
import tomllib
from pathlib import Path

import clover_chat
from clover_chat.ui.texts import catalogue

PROGRAM = Path(clover_chat.__file__).parent
SPEAKING = [
    *(PROGRAM / "ui").rglob("*.py"),
    *(PROGRAM / "ui" / "web").rglob("*.js"),
    *(PROGRAM / "ui" / "web").rglob("*.html"),
    PROGRAM / "services" / "days.py",
    PROGRAM / "services" / "listing.py",
    PROGRAM / "services" / "repertoire.py",
    PROGRAM / "types.py",
]


def said() -> str:
    """Return the sources that speak to a person, with texts that go over several lines joined."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in SPEAKING)
    sources = (
        sources.replace("\\u203a", "\u203a")
        .replace("\\u2039", "\u2039")
        .replace("\\u2212", "\u2212")
    )
    return re.sub(r"\s+", " ", re.sub(r"[\"']\s*\n\s*f?[\"']", "", sources)).casefold()


def test_every_text_is_in_every_language_with_the_same_placeholders() -> None:
    texts = [catalogue.texts(language) for language in catalogue.LANGUAGES]
    assert len({frozenset(each) for each in texts}) == 1
    for english in texts[0]:
        forms = [each[english] for each in texts]
        assert all(form.strip() for form in forms), english
        assert len({tuple(sorted(re.findall(r"\{\w+\}", form))) for form in forms}) == 1, english


def test_the_catalogue_holds_languages_and_nothing_else() -> None:
    entries = tomllib.loads(catalogue.CATALOGUE_PATH.read_text(encoding="utf-8"))
    assert {tuple(sorted(entry)) for entry in entries.values()} == {("de", "zh")}


def test_the_program_still_says_everything_that_is_translated() -> None:
    sources = said()
    for english in catalogue.texts("en"):
        pieces = re.split(r"\{\w+\}|[()]", english.casefold())
        for piece in filter(None, map(str.strip, pieces)):
            assert piece.strip(":,;. ") in sources, english


def test_the_script_carries_the_catalogue_and_cannot_end_itself() -> None:
    script = catalogue.script()
    assert "Neue Unterhaltung" in script
    assert "新对话" in script
    assert "</" not in script
