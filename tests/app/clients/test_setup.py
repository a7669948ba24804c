"""Files of clients, changed and changed back: whatever stands in them, and whatever happens meanwhile."""

import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from pxbin_app.clients import (
    CLIENTS,
    PREVIEW_KEY,
    Client,
    ClientSetup,
    ClientSetupError,
    Connection,
    FileChanged,
    Machine,
    Plan,
)
from pxbin_app.clients.disk import Disk
from pxbin_app.clients.errors import FileNotWritable, UnreadableFile

URL = "http://127.0.0.1:8080"
KEY = "pxb_0123456789abcdef0123456789abcdef"
CLAUDE, CODEX, OPENCODE, GEMINI = CLIENTS
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

SETTINGS = """\
{
  // my settings
  "model": "opus",
  "env": {
    "ANTHROPIC_BASE_URL": "https://elsewhere.example", // work
    "FOO": "1"
  }
}
"""
CONFIG = '# mine\napproval_policy = "on-request"\nmodel = "gpt-5" # best\n\n[mcp_servers.a]\ncommand = "x"\n'

FILES = {
    "claude-code": {".claude/settings.json": SETTINGS},
    "codex": {".codex/config.toml": CONFIG},
    "opencode": {".config/opencode/opencode.jsonc": '{ /* c */ "theme": "x", }\n'},
    "gemini-cli": {
        ".gemini/settings.json": "{}",
        ".gemini/.env": "export GEMINI_API_KEY='mine' # c\n",
    },
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("os.fsync", lambda _descriptor: None)  # no test pulls the plug
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def setup_of(home: Path, disk: Disk | None = None) -> ClientSetup:
    machine = Machine(home=home, environment={}, platform="linux", root=home.parent / "root")
    return ClientSetup(home.parent / "clients", CLIENTS, machine, disk=disk, clock=lambda: NOW)


def connection(
    client: Client, *, key: str = KEY, model: str = "glm-4.6", url: str = URL
) -> Connection:
    models = {slot.name: model for slot in client.slots}
    return Connection(base_url=url, key=key, models=models, offered=(model,))


def fill(home: Path, client: Client) -> None:
    for name, text in FILES[client.name].items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def apply(setup: ClientSetup, client: Client, **more: str) -> Plan:
    plan = setup.plan(client, connection(client, **more))
    setup.apply(plan)
    return plan


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and every directory."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"<directory>"
        for path in sorted(folder.rglob("*"))
    }


every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


# ---------------------------------------------------------------- there and back


@every_client
@pytest.mark.parametrize("filled", [True, False], ids=["files", "no files"])
def test_undo_leaves_everything_as_it_was(home: Path, client: Client, filled: bool) -> None:
    if filled:
        fill(home, client)
    before = snapshot(home)
    setup = setup_of(home)
    apply(setup, client)
    status = setup.status(client, URL)
    assert (status.state, status.undoable) == ("connected", True)
    assert dict(status.models) == {slot.name: "glm-4.6" for slot in client.slots}
    assert setup.plan(client, connection(client)).already_ours
    setup.undo(client)
    assert snapshot(home) == before
    assert not setup.status(client, URL).undoable


@every_client
def test_undo_is_whole_after_a_second_change(home: Path, client: Client) -> None:
    fill(home, client)
    before = snapshot(home)
    setup = setup_of(home)
    first = apply(setup, client)
    second = apply(setup, client, model="other", url="http://127.0.0.1:9999")
    assert second.backups == first.backups, "no second one: the file points at pxbin"
    assert setup.status(client, URL).state == "moved"
    setup.undo(client)
    assert snapshot(home) == before


@every_client
@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""], ids=["BOM", "no BOM"])
def test_line_ends_and_the_mark_before_utf8_stay(home: Path, client: Client, mark: bytes) -> None:
    for name, text in FILES[client.name].items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(mark + (text + "\n").replace("\n", "\r\n").encode())
    before = snapshot(home)
    setup = setup_of(home)
    plan = apply(setup, client)
    for file in plan.files:
        content = file.file.path.read_bytes()
        assert content.startswith(mark)
        assert content.count(b"\r\n") == content.count(b"\n") > 1
    setup.undo(client)
    assert snapshot(home) == before


def test_only_our_lines_change(home: Path) -> None:
    fill(home, CLAUDE)
    (file,) = apply(setup_of(home), CLAUDE).files
    assert [line.text for line in file.lines if line.kind == "removed"] == [
        '    "ANTHROPIC_BASE_URL": "https://elsewhere.example", // work',
        '    "FOO": "1"',
    ]
    text = file.file.path.read_text()
    assert '"ANTHROPIC_BASE_URL": "http://127.0.0.1:8080", // work\n    "FOO": "1",\n' in text
    assert text.startswith('{\n  // my settings\n  "model": "opus",\n')


def test_what_the_person_changed_since_stays(home: Path) -> None:
    fill(home, CLAUDE)
    setup = setup_of(home)
    setup.apply(setup.plan(CLAUDE, connection(CLAUDE)), key_id=UUID(int=7))
    path = home / ".claude/settings.json"
    text = path.read_text().replace('"ANTHROPIC_MODEL": "glm-4.6"', '"ANTHROPIC_MODEL": "my-own"')
    path.write_text(text.replace('"opus",', '"sonnet", // changed'))
    undone = setup.undo(CLAUDE)
    assert (undone.kept, undone.key_id) == (("env.ANTHROPIC_MODEL",), UUID(int=7))
    expected = SETTINGS.replace('"opus",', '"sonnet", // changed')
    assert path.read_text() == expected.replace(
        '"FOO": "1"\n', '"FOO": "1",\n    "ANTHROPIC_MODEL": "my-own"\n'
    )


def test_what_the_person_wrote_into_a_file_of_ours_stays(home: Path) -> None:
    setup = setup_of(home)
    apply(setup, CODEX)
    path = home / ".codex/config.toml"
    path.write_text(path.read_text() + "\n[tui]\ntheme = 1\n")
    setup.undo(CODEX)
    assert path.read_text().strip() == "[tui]\ntheme = 1"


def test_what_stood_there_before_the_first_change_comes_back(home: Path) -> None:
    fill(home, CODEX)
    setup = setup_of(home)
    apply(setup, CODEX)
    apply(setup, CODEX, model="other")
    path = home / ".codex/config.toml"
    path.write_text(path.read_text() + "# since\n")
    setup.undo(CODEX)
    assert path.read_text() == CONFIG + "# since\n"


def test_a_setting_the_person_took_out_stays_out(home: Path) -> None:
    fill(home, CODEX)
    setup = setup_of(home)
    apply(setup, CODEX)
    path = home / ".codex/config.toml"
    path.write_text(path.read_text().replace('model = "glm-4.6" # best\n', ""))
    setup.undo(CODEX)
    assert path.read_text() == CONFIG.replace('model = "gpt-5" # best\n', "")


def test_a_file_the_person_removed_stays_away(home: Path) -> None:
    fill(home, CODEX)
    setup = setup_of(home)
    apply(setup, CODEX)
    (home / ".codex/config.toml").unlink()
    setup.undo(CODEX)
    assert not (home / ".codex/config.toml").exists()


def test_a_model_that_is_not_offered_any_more_goes(home: Path) -> None:
    setup = setup_of(home)
    models = {"main": "a", "small": "a"}
    many = Connection(base_url=URL, key=KEY, models=models, offered=("a", "b"))
    setup.apply(setup.plan(OPENCODE, many))
    few = Connection(base_url=URL, key=KEY, models=models, offered=("a",))
    (file,) = setup.plan(OPENCODE, few).files
    assert b'"b"' not in file.after
    assert file.before is not None
    assert b'"b"' in file.before


# ---------------------------------------------------------------- files that point at pxbin already


def test_a_file_that_points_at_pxbin_is_no_backup(home: Path) -> None:
    """Pasted by hand, say: what was there before is not known, so undo takes all of pxbin's away."""
    path = home / ".codex/config.toml"
    path.parent.mkdir()
    lines = ['model = "old"', 'model_provider = "pxbin"', "", "[model_providers.pxbin]", 'name = "pxbin"',
             'base_url = "http://127.0.0.1:9/v1"', f'experimental_bearer_token = "{KEY}"']  # fmt: skip
    path.write_text("\n".join(["# mine", *lines]) + "\n")
    setup = setup_of(home)
    plan = apply(setup, CODEX)
    assert plan.backups == ()
    assert not list((home.parent / "clients/backups").iterdir())
    setup.undo(CODEX)
    assert path.read_text() == "# mine\n"


def test_a_pxbin_elsewhere_comes_back(home: Path) -> None:
    """A team's, say: it stood there before, and an undo brings it back."""
    path = home / ".claude/settings.json"
    path.parent.mkdir()
    text = '{"env": {"ANTHROPIC_BASE_URL": "https://pxbin.example.com", "ANTHROPIC_AUTH_TOKEN": "pxb_team"}}'
    path.write_text(text)
    setup = setup_of(home)
    assert setup.status(CLAUDE, URL).state == "elsewhere"
    (backup,) = apply(setup, CLAUDE).backups
    assert backup.read_text() == text
    setup.undo(CLAUDE)
    assert path.read_text() == text


def test_a_file_that_the_client_reads_no_more_goes_back_with_the_rest(home: Path) -> None:
    setup = setup_of(home)
    apply(setup, OPENCODE)
    newer = home / ".config/opencode/opencode.jsonc"
    newer.write_text("{} // mine\n")
    apply(setup, OPENCODE)
    setup.undo(OPENCODE)
    assert snapshot(home / ".config/opencode") == {"opencode.jsonc": b"{} // mine\n"}


def test_what_says_all_of_it_already_is_not_written(home: Path) -> None:
    apply(setup_of(home), GEMINI)
    before = snapshot(home.parent)
    setup = setup_of(home)
    plan = setup.plan(GEMINI, connection(GEMINI))
    assert plan.already_ours
    assert not any(file.lines for file in plan.files)
    setup.apply(plan)
    assert snapshot(home.parent) == before


# ---------------------------------------------------------------- backups


def test_backups_are_made_once_and_never_written_again(home: Path) -> None:
    fill(home, CODEX)
    setup = setup_of(home)
    (first,) = apply(setup, CODEX).backups
    assert first.read_text() == CONFIG
    assert stat.S_IMODE(first.stat().st_mode) == 0o400
    assert first.name.startswith("codex.config.toml.2026")
    setup.undo(CODEX)
    (home / ".codex/config.toml").write_text("# another\n")
    (second,) = apply(setup, CODEX).backups
    assert second != first, "made in the same second"
    assert first.read_text() == CONFIG
    assert second.read_text() == "# another\n"


def test_undo_without_its_backup_puts_back_what_the_journal_knows(home: Path) -> None:
    fill(home, CODEX)
    setup = setup_of(home)
    (backup,) = apply(setup, CODEX).backups
    backup.unlink()
    setup.undo(CODEX)
    assert (home / ".codex/config.toml").read_text() == CONFIG


# ---------------------------------------------------------------- modes, links, directories


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_modes_stay_and_new_files_are_for_their_owner_only(home: Path) -> None:
    fill(home, CODEX)
    path = home / ".codex/config.toml"
    path.chmod(0o640)
    setup = setup_of(home)
    before = os.umask(0o077)
    apply(setup, CODEX)
    apply(setup, CLAUDE)
    os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE((home / ".claude/settings.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((home.parent / "clients/codex.json").stat().st_mode) == 0o600
    setup.undo(CODEX)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_stays_a_link(home: Path, dangling: bool) -> None:
    dotfiles = home / "dotfiles"
    dotfiles.mkdir()
    real = dotfiles / "codex.toml"
    if not dangling:
        real.write_text(CONFIG)
    link = home / ".codex/config.toml"
    link.parent.mkdir()
    link.symlink_to(real)
    setup = setup_of(home)
    apply(setup, CODEX)
    assert link.is_symlink()
    assert "pxbin" in real.read_text()
    setup.undo(CODEX)
    assert link.is_symlink()
    assert real.exists() is not dangling
    if not dangling:
        assert real.read_text() == CONFIG


def test_a_directory_that_is_used_by_now_stays(home: Path) -> None:
    setup = setup_of(home)
    apply(setup, CLAUDE)
    (home / ".claude/history").write_text("x")
    setup.undo(CLAUDE)
    assert snapshot(home) == {".claude": b"<directory>", ".claude/history": b"x"}


# ---------------------------------------------------------------- what is refused


BROKEN = {
    "claude-code": (
        '{\n  "env": {"A": 1,,}\n}',
        r"settings\.json, line 2, column 18: a text in double quotes",
    ),
    "codex": (
        "a = 1\nb = \n",
        r"config\.toml, line 2, column 5: invalid value\. Nothing was changed",
    ),
    "opencode": ("[]", r"an object in braces is expected"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_is_told_and_not_touched(home: Path, name: str) -> None:
    client = next(client for client in CLIENTS if client.name == name)
    fill(home, client)
    text, told = BROKEN[name]
    setup = setup_of(home)
    path = setup.plan(client, connection(client)).files[0].file.path
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=told):
        setup.plan(client, connection(client))
    status = setup.status(client, URL)
    assert status.state == "unreadable"
    assert path.name in status.reason
    assert path.read_text() == text


def test_what_is_not_utf8_is_told(home: Path) -> None:
    path = home / ".codex/config.toml"
    path.parent.mkdir()
    path.write_bytes('a = 1\nb = "x"\n'.encode("utf-16"))
    with pytest.raises(UnreadableFile, match="line 1, column 1: it is not a text in UTF-8"):
        setup_of(home).plan(CODEX, connection(CODEX))


def test_undo_of_a_file_that_was_spoilt_is_told(home: Path) -> None:
    fill(home, CODEX)
    setup = setup_of(home)
    apply(setup, CODEX)
    (home / ".codex/config.toml").write_text("a = = 1")
    with pytest.raises(UnreadableFile):
        setup.undo(CODEX)
    assert setup.status(CODEX, URL).state == "unreadable"
    (home / ".codex/config.toml").write_text("")
    setup.undo(CODEX)


def test_a_file_that_changed_meanwhile_is_not_written(home: Path) -> None:
    fill(home, CODEX)
    setup = setup_of(home)
    plan = setup.plan(CODEX, connection(CODEX, key=PREVIEW_KEY))
    path = home / ".codex/config.toml"
    path.write_text(CONFIG + "# more\n")
    with pytest.raises(FileChanged, match="was changed by another program"):
        setup.with_key(plan, KEY)
    stale = setup.plan(CODEX, connection(CODEX))
    path.write_text(CONFIG)
    with pytest.raises(FileChanged):
        setup.apply(stale)
    assert path.read_text() == CONFIG


def test_a_preview_is_never_applied(home: Path) -> None:
    setup = setup_of(home)
    plan = setup.plan(CLAUDE, connection(CLAUDE, key=PREVIEW_KEY))
    with pytest.raises(ClientSetupError, match="no key"):
        setup.apply(plan)
    setup.apply(setup.with_key(plan, KEY))
    assert setup.status(CLAUDE, URL).pointing.key == KEY


def test_there_is_nothing_to_undo(home: Path) -> None:
    with pytest.raises(ClientSetupError, match="nothing of pxbin’s"):
        setup_of(home).undo(CLAUDE)


@pytest.mark.skipif(os.name != "posix", reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(home: Path) -> None:
    """1Password puts one in the place of a .env."""
    (home / ".gemini").mkdir()
    os.mkfifo(home / ".gemini/.env")
    with pytest.raises(FileNotWritable, match="it is not a file"):
        setup_of(home).plan(GEMINI, connection(GEMINI))
    assert setup_of(home).status(GEMINI, URL).state == "unreadable"


def test_a_value_that_is_no_number_keeps_nothing_from_being_written(home: Path) -> None:
    path = home / ".codex/config.toml"
    path.parent.mkdir()
    path.write_text("x = nan\n")
    apply(setup_of(home), CODEX)
    assert path.read_text().startswith("x = nan\n")


@pytest.mark.parametrize("blocked", [".codex", ".codex/config.toml"])
def test_what_is_in_the_way_is_told(home: Path, blocked: str) -> None:
    (home / blocked).parent.mkdir(exist_ok=True)
    if blocked.endswith(".toml"):
        (home / blocked).mkdir()
    else:
        (home / blocked).write_text("")
    with pytest.raises(FileNotWritable):
        apply(setup_of(home), CODEX)


def test_a_journal_that_cannot_be_read_is_told(home: Path) -> None:
    apply(setup_of(home), CODEX)
    (home.parent / "clients/codex.json").write_text("{")
    setup = setup_of(home)
    with pytest.raises(ClientSetupError, match="cannot be read"):
        setup.undo(CODEX)
    assert "could not be put right" in setup.repair()[0]


# ---------------------------------------------------------------- interrupted


class Killed(BaseException):
    """The process is gone: nothing that would run in it runs any more."""


class DyingDisk(Disk):
    """Its ``last``-th operation is the last one: half of a write, or all of it and nothing after."""

    def __init__(
        self, last: int, failure: Callable[[], BaseException], *, half: bool = False
    ) -> None:
        self._left = last
        self._failure = failure
        self._half = half

    def _dies(self) -> bool:
        self._left -= 1
        return self._left < 0

    def write(self, path: Path, content: bytes, *, mode: int) -> None:
        if self._dies():
            if self._half:
                super().write(path, content[: len(content) // 2], mode=mode)
            raise self._failure()
        super().write(path, content, mode=mode)

    def replace(self, source: Path, target: Path) -> None:
        if self._dies():
            raise self._failure()
        super().replace(source, target)

    def remove(self, path: Path) -> None:
        if self._dies():
            raise self._failure()
        super().remove(path)

    def make_directory(self, path: Path) -> None:
        if self._dies():
            raise self._failure()
        super().make_directory(path)

    def remove_directory(self, path: Path) -> None:
        if self._dies():
            raise self._failure()
        super().remove_directory(path)


def until_it_lives(
    act: Callable[[Disk], Any], failure: Callable[[], BaseException]
) -> Iterator[int]:
    """Let each operation be the last one; ends with the run in which none was."""
    for last in range(60):
        try:
            act(DyingDisk(last, failure, half=bool(last % 2)))
        except (Killed, ClientSetupError):
            yield last
        else:
            assert last > 3, "there was something to interrupt"
            return
    raise AssertionError("it never came to its end")


@every_client
@pytest.mark.parametrize("filled", [True, False], ids=["files", "no files"])
def test_a_first_change_that_was_killed_is_taken_back(
    home: Path, client: Client, filled: bool
) -> None:
    if filled:
        fill(home, client)
    before = snapshot(home)
    for _ in until_it_lives(lambda disk: apply(setup_of(home, disk), client), Killed):
        setup = setup_of(home)
        setup.repair()
        status = setup.status(client, URL)
        assert snapshot(home) == before
        assert not status.undoable
        assert status.state != "connected"
        assert not list((home.parent / "clients").rglob("*.partial"))
    assert setup_of(home).status(client, URL).state == "connected"


@every_client
def test_a_second_change_that_was_killed_can_be_undone(home: Path, client: Client) -> None:
    fill(home, client)
    before = snapshot(home)
    second = lambda disk: apply(setup_of(home, disk), client, model="other")  # noqa: E731
    apply(setup_of(home), client)
    for _ in until_it_lives(second, Killed):
        setup = setup_of(home)
        setup.repair()
        assert setup.status(client, URL).state == "connected"
        setup.undo(client)
        assert snapshot(home) == before
        apply(setup, client)


@every_client
@pytest.mark.parametrize("filled", [True, False], ids=["files", "no files"])
def test_an_undo_that_was_killed_is_done_to_its_end(
    home: Path, client: Client, filled: bool
) -> None:
    if filled:
        fill(home, client)
    before = snapshot(home)
    apply(setup_of(home), client)
    for _ in until_it_lives(lambda disk: setup_of(home, disk).undo(client), Killed):
        setup = setup_of(home)
        if setup.repair():
            assert snapshot(home) == before
        else:
            assert setup.status(client, URL).state in (
                "connected",
                "not found",
                "not set up",
                "elsewhere",
            )
        if not setup.status(client, URL).undoable:
            apply(setup, client)
    assert snapshot(home) == before


@every_client
def test_a_disk_that_is_full_takes_nothing_away(home: Path, client: Client) -> None:
    fill(home, client)
    before = snapshot(home)

    def full() -> OSError:
        return OSError(28, "No space left on device")

    for _ in until_it_lives(lambda disk: apply(setup_of(home, disk), client), full):
        setup = setup_of(home)
        setup.repair()
        assert snapshot(home) == before


class FailingDisk(Disk):
    """One write fails, those after it do not."""

    def __init__(self, name: str) -> None:
        self._name = name

    def write(self, path: Path, content: bytes, *, mode: int) -> None:
        if path.name == self._name:
            self._name = ""
            raise OSError(28, "No space left on device")
        super().write(path, content, mode=mode)


def test_what_could_not_be_done_is_taken_back_at_once(home: Path) -> None:
    fill(home, GEMINI)
    before = snapshot(home)
    with pytest.raises(FileNotWritable, match="no space left on device"):
        apply(setup_of(home, FailingDisk("..env.pxbin")), GEMINI)
    assert snapshot(home) == before
    assert not setup_of(home).status(GEMINI, URL).undoable


def test_a_second_change_that_was_never_written_hides_nothing_from_undo(home: Path) -> None:
    fill(home, CODEX)
    apply(setup_of(home), CODEX)
    with pytest.raises(Killed):
        apply(setup_of(home, DyingDisk(2, Killed)), CODEX, model="other")
    setup = setup_of(home)
    assert setup.repair()
    path = home / ".codex/config.toml"
    assert 'model = "glm-4.6"' in path.read_text(), "the journal was ahead of the file"
    path.write_text(path.read_text() + "# since\n")
    assert setup.undo(CODEX).kept == ()
    assert path.read_text() == CONFIG + "# since\n"


def test_repair_tells_what_it_did(home: Path) -> None:
    with pytest.raises(Killed):
        apply(setup_of(home, DyingDisk(4, Killed)), CLAUDE)
    setup = setup_of(home)
    assert setup.repair() == ("A change to Claude Code’s files was interrupted. It was put right.",)
    assert setup.repair() == ()
