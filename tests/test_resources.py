from pathlib import Path

import pytest

from clover_chat import resources
from clover_chat.resources import resource_dir


def test_a_checkout_finds_its_migrations() -> None:
    assert (resource_dir("migrations") / "env.py").is_file()


def test_an_installed_package_looks_in_its_own_data_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package_dir = tmp_path / "clover_chat"
    (package_dir / "_data" / "migrations").mkdir(parents=True)
    (tmp_path / "migrations").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE_DIR", package_dir)
    assert resource_dir("migrations") == package_dir / "_data" / "migrations"


def test_a_missing_directory_is_named_with_the_places_that_were_tried() -> None:
    with pytest.raises(FileNotFoundError, match=r"no 'recipes' in .*_data/recipes or .*/recipes"):
        resource_dir("recipes")
