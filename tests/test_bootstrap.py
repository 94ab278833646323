import os
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from clover_chat import bootstrap
from clover_chat.config import Settings, load_settings
from clover_chat.errors import ConfigError
from tests.fakes import ReadyHost, ScriptedEngine


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")  # set by the server; put back afterwards
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return load_settings(data_dir=tmp_path / "data", port=free.getsockname()[1])


@pytest.fixture
def app(settings: Settings) -> Iterator[bootstrap.App]:
    app = bootstrap.build(settings, ReadyHost(ScriptedEngine()))
    yield app
    app.close()


def test_the_page_is_served_with_private_headers_and_nothing_else_is(app: bootstrap.App) -> None:
    app.launch()
    answer = httpx.get(app.url)
    assert answer.status_code == 200
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    outside = f"{app.url}gradio_api/file={app.settings.data_dir / 'clover.sqlite3'}"
    assert httpx.get(outside).status_code in (403, 404)
    assert httpx.get(f"{app.url}gradio_api/file=/etc/passwd").status_code in (403, 404)


@pytest.mark.usefixtures("app")
def test_the_data_directory_is_for_our_eyes_only(settings: Settings) -> None:
    assert settings.data_dir.stat().st_mode & 0o077 == 0
    assert Path(os.environ["GRADIO_TEMP_DIR"]) == settings.upload_dir


def test_uploads_nobody_asked_about_are_gone_after_a_restart(settings: Settings) -> None:
    settings.upload_dir.mkdir(parents=True)
    (settings.upload_dir / "DOE_JANE.png").write_text("left over")
    bootstrap.build(settings, ReadyHost(ScriptedEngine())).close()
    assert list(settings.upload_dir.iterdir()) == []


def test_a_port_that_is_taken_is_one_sentence(app: bootstrap.App, settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind((settings.host, settings.port))
        taken.listen()
        with pytest.raises(ConfigError, match="is taken"):
            app.launch()


def test_a_share_link_that_cannot_be_made_leaves_a_local_page(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(**_options: object) -> str:
        raise RuntimeError("no internet")

    monkeypatch.setattr("gradio.networking.setup_tunnel", unreachable)
    shared = settings.model_copy(update={"share": True})
    app = bootstrap.build(shared, ReadyHost(ScriptedEngine()))
    assert not app.people.is_local
    app.launch()
    try:
        assert httpx.get(app.url).status_code == 200
        assert app.people.is_local
        assert "going on locally" in bootstrap.share_sentence(app)
        assert capsys.readouterr().out == ""
    finally:
        app.close()
