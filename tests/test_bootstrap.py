import os
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from clover_chat import bootstrap
from clover_chat.config import Settings, load_settings
from clover_chat.errors import ConfigError
from clover_chat.serving import App
from tests.fakes import ReadyHost, ScriptedEngine


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")  # set by the server; put back afterwards
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return load_settings(data_dir=tmp_path / "data", port=free.getsockname()[1])


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    app = bootstrap.build(settings, ReadyHost(ScriptedEngine()))
    yield app
    app.close()


def test_the_page_is_served_with_private_headers_and_nothing_else_is(app: App) -> None:
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


def test_a_port_that_is_taken_is_one_sentence(app: App, settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind((settings.host, settings.port))
        taken.listen()
        with pytest.raises(ConfigError, match="is taken"):
            app.launch()


def test_no_search_engine_is_let_in(app: App) -> None:
    app.launch()
    assert "Disallow: /\n" in httpx.get(f"{app.url}robots.txt").text


def test_whoever_comes_by_a_public_link_needs_its_key_and_is_not_the_person_at_this_machine(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses: list[int] = []

    def tunnel(**_options: object) -> str:
        statuses.append(httpx.get(app.url).status_code)
        return "http://abc.share.example"

    monkeypatch.setattr("clover_chat.ui.sharing.check_reachable", lambda: None)
    monkeypatch.setattr("gradio.networking.setup_tunnel", tunnel)
    app.launch()
    assert httpx.get(app.url).status_code == 200
    invitation, what_they_see = app.share()
    assert f"https://abc.share.example/sign-in?key={app.entrance.guest_key}" in invitation
    assert "nobody sees your conversations" in what_they_see
    assert statuses == [401]
    with httpx.Client(follow_redirects=True) as guest, httpx.Client(follow_redirects=True) as home:
        assert guest.get(f"{app.url}sign-in?key={app.entrance.guest_key}").status_code == 200
        assert home.get(app.home_url).status_code == 200
        assert 'src="https://' not in guest.get(app.url).text


def test_a_link_that_cannot_be_made_leaves_a_local_page(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_options: object) -> str:
        raise ValueError("the tunnel gave up")

    monkeypatch.setattr("clover_chat.ui.sharing.check_reachable", lambda: None)
    monkeypatch.setattr("gradio.networking.setup_tunnel", fail)
    app.launch()
    (said,) = app.share()
    assert said.endswith("going on locally.")
    assert httpx.get(app.url).status_code == 200


def test_a_proxy_cannot_be_gone_round_by_a_public_link(settings: Settings) -> None:
    options = {"proxy_user_header": "X-User", "trusted_proxies": "10.0.0.2", "share": True}
    with pytest.raises(ConfigError, match="goes round the proxy"):
        bootstrap.build(settings.model_copy(update=options), ReadyHost(ScriptedEngine()))
