import gc
import os
import subprocess
import sys

import pytest

from clover_chat.processor import settle


@pytest.mark.parametrize(("wish", "policy"), [(None, "passive"), ("active", "active")])
def test_threads_of_a_matrix_product_wait_quietly_unless_somebody_wishes_otherwise(
    wish: str | None, policy: str
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment |= {"OMP_WAIT_POLICY": wish} if wish else {}
    ask = (
        "import os; from clover_chat.processor import share_fairly; share_fairly();"
        "print(os.environ['OMP_WAIT_POLICY'])"
    )
    said = subprocess.run(
        [sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == policy


def test_the_processor_is_shared_before_torch_is_there() -> None:
    ask = (
        "import sys; from clover_chat import cli, processor;"
        "cli.share_fairly = lambda: sys.exit('torch' in sys.modules);"
        "cli.main(['serve'])"
    )
    subprocess.run([sys.executable, "-c", ask], check=True)


def test_what_is_loaded_is_not_searched_for_garbage_again() -> None:
    loaded: list[list[int]] = [[] for _ in range(1000)]
    settle()
    try:
        assert gc.get_freeze_count() > len(loaded)
        assert len(gc.get_objects()) < len(loaded)
    finally:
        gc.unfreeze()
