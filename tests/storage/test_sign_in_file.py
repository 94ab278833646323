import logging
import os
import stat
from pathlib import Path

import pytest

from clover_chat.errors import ConfigError
from clover_chat.storage import passwords
from clover_chat.storage.passwords import fits, hashed
from clover_chat.storage.sign_in_file import SignInFile, add_person, read_people


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a check take no time worth mentioning."""
    monkeypatch.setattr(passwords, "LOG2N", 4)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people"


def test_a_hash_fits_its_password_only_and_is_another_each_time() -> None:
    kept = hashed("correct horse")
    assert fits(kept, "correct horse")
    assert not fits(kept, "correct horse ")
    assert kept != hashed("correct horse")
    assert "horse" not in kept


def test_a_person_is_added_whole_and_the_other_lines_stay(file: Path) -> None:
    file.write_text("# the lab\nada:lovelace:1815\n")
    assert not add_person(file, "marie", "polonium 84")
    assert add_person(file, "ada", "another one")
    assert file.read_text().startswith("# the lab\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["people"]
    people = SignInFile(file)
    assert people.is_right("marie", "polonium 84")
    assert people.is_right("ada", "another one")
    assert not people.is_right("ada", "lovelace:1815")
    assert not people.is_right("nobody", "")


@pytest.mark.parametrize(
    ("name", "password"),
    [("", "long enough"), ("a:b", "long enough"), ("#a", "long enough"), ("a\nb", "long enough"),
     (" a", "long enough"), ("ada", "short"), ("a" * 101, "long enough")],
)  # fmt: skip
def test_a_name_or_password_that_cannot_work_changes_nothing(
    file: Path, name: str, password: str
) -> None:
    with pytest.raises(ConfigError):
        add_person(file, name, password)
    assert not file.exists()


def test_plain_lines_work_with_one_warning_that_names_nobody(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_text("ada:lovelace:1815\nmarie:curie\n")
    file.chmod(0o600)
    with caplog.at_level(logging.WARNING):
        people = SignInFile(file)
    assert people.is_right("ada", "lovelace:1815")
    assert not people.is_right("ada", "curie")
    (said,) = caplog.messages
    assert "2 passwords" in said
    assert "ada" not in said
    assert "curie" not in said


def test_a_running_server_knows_a_changed_file_and_survives_a_broken_one(file: Path) -> None:
    add_person(file, "ada", "first password")
    people = SignInFile(file)
    mark = people.mark("ada")
    add_person(file, "ada", "second password")
    assert people.is_right("ada", "second password")
    assert people.mark("ada") != mark
    file.write_text("no colon")
    os.utime(file, ns=(1, 1))
    assert people.is_right("ada", "second password")
    assert people.mark("nobody") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [("ada", "Line 1"), ("# none", "names nobody"), ("\nada:scrypt$1$2", "line 2.*damaged"),
     ("ada:scrypt$40$8$1$AAAA$AAAA", "damaged")],
)  # fmt: skip
def test_a_file_that_cannot_work_is_refused(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=words):
        read_people(file)
