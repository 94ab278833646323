"""Public links, with and without an internet."""

import json
import subprocess
import sys
from pathlib import Path

import gradio as gr
import httpx
import pytest
from gradio import networking

from clover_chat.errors import SharingError
from clover_chat.ui import sharing

ROOT = Path(__file__).parents[2]
ALONE = ["unshare", "--map-root-user", "--net", sys.executable]


def _may_be_alone() -> bool:
    try:
        run = subprocess.run([*ALONE, "-c", ""], capture_output=True, timeout=30)
    except OSError:
        return False
    return run.returncode == 0


@pytest.fixture
def page() -> gr.Blocks:
    page = gr.Blocks()
    page.server_name, page.server_port = "127.0.0.1", 7860
    return page


def unreachable(*_: object, **__: object) -> httpx.Response:
    raise httpx.ConnectTimeout("no answer")


def test_a_service_out_of_reach_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpx, "get", unreachable)
    with pytest.raises(SharingError, match="the internet cannot be reached; going on locally"):
        sharing.check_reachable()


def test_a_service_of_ones_own_is_not_looked_for_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(httpx, "get", unreachable)
    monkeypatch.setattr(networking, "GRADIO_SHARE_SERVER_ADDRESS", "share.example:7000")
    sharing.check_reachable()


def test_a_tunnel_that_fails_is_one_sentence_and_prints_nothing(
    page: gr.Blocks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> str:
        print("Could not create share URL.", file=sys.stderr)  # noqa: T201 - as Gradio does
        raise ValueError("the tunnel gave up")

    monkeypatch.setattr(networking, "setup_tunnel", fail)
    with pytest.raises(SharingError, match="going on locally"):
        sharing.public_link(page)
    assert capsys.readouterr().err == ""


def test_a_link_leads_to_the_port_of_the_page_and_is_encrypted(
    page: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}

    def tunnel(**options: object) -> str:
        asked.update(options)
        return "http://abc.share.example"

    monkeypatch.setattr(networking, "setup_tunnel", tunnel)
    assert sharing.public_link(page) == "https://abc.share.example"
    assert (asked["local_host"], asked["local_port"]) == ("127.0.0.1", 7860)


@pytest.mark.slow
@pytest.mark.skipif(not _may_be_alone(), reason="no network of one's own can be made here")
def test_without_internet_the_program_says_so_and_the_page_answers(tmp_path: Path) -> None:
    command = [*ALONE, "-m", "tests.alone", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180)
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    *_, asking, outcome = seen["lines"]
    assert asking == "Asking for a public link; the page can be used meanwhile."
    assert outcome == (
        "No public link could be made, because the internet cannot be reached; going on locally."
    )
    assert seen["waited_s"] < 2 * sharing.WAIT_S
    assert seen["status_while_asking"] == seen["status_after"] == 200
    assert "CLOVER Chat" in seen["page"]
    assert 'src="https://' not in seen["page"]
