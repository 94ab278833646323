from pathlib import Path

import pytest

from clover_chat.config import Settings, load_settings, settings_table
from clover_chat.errors import ConfigError

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CLOVER_{name.upper()}", raising=False)
    monkeypatch.delenv("CLOVER_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_the_defaults_serve_this_machine_only_and_keep_data_outside_the_checkout() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.share) == ("127.0.0.1", 7860, False)
    assert not settings.data_dir.is_relative_to(ROOT)


def test_an_option_beats_the_environment_which_beats_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "clover.toml"
    file.write_text('port = 1001\nhost = "0.0.0.0"\nmodel = "from-file"\n')
    monkeypatch.setenv("CLOVER_CONFIG", str(file))
    monkeypatch.setenv("CLOVER_PORT", "1002")
    monkeypatch.setenv("CLOVER_HOST", "::1")
    settings = load_settings(port=1003, host=None)
    assert (settings.port, settings.host, settings.model) == (1003, "::1", "from-file")


def test_the_database_lies_in_the_data_directory_unless_a_url_is_given(tmp_path: Path) -> None:
    assert load_settings(data_dir=tmp_path).database.startswith(f"sqlite:///{tmp_path}")
    url = "postgresql+psycopg://clover@db/clover"
    assert load_settings(database_url=url).database == url


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("prot = 7000", "no setting named 'prot'"),
        ("port = 70000", "'port' cannot be 70000"),
        ("port = ", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "clover.toml"
    file.write_text(text)
    monkeypatch.setenv("CLOVER_CONFIG", str(file))
    with pytest.raises(ConfigError, match=sentence):
        load_settings()


def test_a_settings_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOVER_CONFIG", "/nowhere/clover.toml")
    with pytest.raises(ConfigError, match=r"/nowhere/clover\.toml"):
        load_settings()


def test_the_table_of_settings_in_the_readme_is_complete() -> None:
    readme = ROOT / "README.md"
    assert readme.is_file()
    missing = [row for row in settings_table().splitlines() if row not in readme.read_text()]
    assert not missing, "\n".join(missing)
