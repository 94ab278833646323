from pathlib import Path

from clover_chat.ui.headers import policy
from clover_chat.ui.scripts import MODULE_DIR, NETWORK, OPENSEADRAGON, Scripts


def test_without_openseadragon_the_page_may_load_it_from_one_other_host(tmp_path: Path) -> None:
    scripts = Scripts(tmp_path / "none.js")
    assert scripts.hosts == (NETWORK,)
    assert scripts.library["address"].startswith(f"{NETWORK}/npm/openseadragon@6.1.1/")
    assert scripts.library["integrity"].startswith("sha384-")
    allowed = policy(scripts.hosts)
    assert allowed.count("https://") == 1
    assert f"blob: {NETWORK};" in allowed


def test_openseadragon_that_was_changed_is_not_served(tmp_path: Path) -> None:
    changed = tmp_path / OPENSEADRAGON
    changed.write_text("alert('not what was published')")
    scripts = Scripts(changed)
    assert scripts.get(OPENSEADRAGON) is None
    assert scripts.hosts == (NETWORK,)


def test_with_all_scripts_at_home_no_other_host_is_allowed() -> None:
    assert "https:" not in policy()


def test_every_module_that_is_imported_is_served() -> None:
    scripts = Scripts()
    for path in MODULE_DIR.glob("*.js"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("import"):
                assert scripts.get(line.split('"./')[1].split('"')[0]) is not None
