import os
import subprocess
import sys
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "training" / "recipes" / "clover-mini.sh"


@pytest.mark.slow
def test_the_recipe_of_the_shipped_bridge_runs_from_pictures_to_a_report(
    data_dir: Path, tmp_path: Path
) -> None:
    """The miniature model and two steps stand in for an hour of training."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PRESET": "clover-tiny",
        "WARM_UP_STEPS": "2",
        "STEPS": "2",
    }
    command = ["bash", str(RECIPE), str(data_dir), str(tmp_path / "runs")]
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=540, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    tuned = tmp_path / "runs" / "tuned"
    made = {path.name for path in (tuned / "bridge").iterdir()}
    assert {"bridge.safetensors", "reading.safetensors", "familiar.safetensors"} <= made
    assert (tuned / "report" / "report.html").exists()
    assert "| linear probe |" in ran.stdout
