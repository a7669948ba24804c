"""What a crash left half done is put right at the next start."""

from pathlib import Path

import pytest

from pxbin_app.client_setup.repair import repair_clients
from pxbin_app.clients import CLIENTS, Connection, Machine, setup_in
from pxbin_app.clients.disk import Disk

CODEX = CLIENTS[1]


class Killed(BaseException):
    """The process is gone."""


async def test_it_is_put_right_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    (home / ".codex").mkdir(parents=True)
    (home / ".codex/config.toml").write_text("# mine\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.delenv("CODEX_HOME", raising=False)
    said: list[tuple[str, str]] = []

    def tell(text: str, tone: str) -> None:
        said.append((text, tone))

    await repair_clients(tmp_path, tell)
    assert said == []

    setup = setup_in(tmp_path, Machine.this())
    plan = setup.plan(
        CODEX, Connection(base_url="http://127.0.0.1:1", key="pxb_x", models={"main": "m"})
    )
    replace = Disk.replace

    def killed_after_the_file(disk: Disk, source: Path, target: Path) -> None:
        replace(disk, source, target)
        if target.name == "config.toml":
            raise Killed

    monkeypatch.setattr(Disk, "replace", killed_after_the_file)
    with pytest.raises(Killed):
        setup.apply(plan)
    monkeypatch.setattr(Disk, "replace", replace)
    assert "pxb_x" in (home / ".codex/config.toml").read_text()

    await repair_clients(tmp_path, tell)
    assert said == [("A change to Codex CLI’s files was interrupted. It was put right.", "warn")]
    assert (home / ".codex/config.toml").read_text() == "# mine\n"
