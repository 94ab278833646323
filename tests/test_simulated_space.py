"""The checkout run as a Space, with an environment of its own; takes minutes and a package index.

CLOVER_SPACE_ENVIRONMENT names the folder of the environment, which is made where it is missing.
"""

import os
from pathlib import Path

import pytest

from clover_chat.space import FORGETFUL
from tests import simulated_space

FOLDER = os.environ.get("CLOVER_SPACE_ENVIRONMENT")


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.skipif(FOLDER is None, reason="CLOVER_SPACE_ENVIRONMENT names no folder")
def test_a_space_answers_with_and_without_lasting_storage(tmp_path: Path) -> None:
    found = simulated_space.main(tmp_path, Path(str(FOLDER)), None)
    for start in ("with", "without"):
        assert "colon" in found[start].answer.lower()
        assert " ERROR " not in found[start].log
    assert FORGETFUL not in found["with"].log
    assert FORGETFUL in found["without"].log
    assert "clover.sqlite3" in found["with"].kept
    assert found["without"].kept == []
