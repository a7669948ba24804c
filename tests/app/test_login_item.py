"""Start at login on three systems, with homes and a registry of the test's own."""

import os
import plistlib
import subprocess
import sys
from pathlib import Path

import pytest

from pxbin_app.login_item import LABEL, LoginItem, LoginItemError, desktop_entry

AWKWARD = ('/opt/My Apps/100% "pxbin" $HOME `x` \\ é/pxbin',)


class MemoryRunKey:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def set(self, name: str, command: str) -> None:
        self.values[name] = command

    def delete(self, name: str) -> None:
        self.values.pop(name, None)


def item(platform: str, home: Path, **environment: str) -> LoginItem:
    return LoginItem(
        platform=platform,
        home=home,
        environment=environment,
        command=AWKWARD,
        run_key=MemoryRunKey(),
    )


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_on_and_off(platform: str, tmp_path: Path) -> None:
    login = item(platform, tmp_path)
    assert not login.is_on()
    login.set(False, False)  # harmless
    login.set(True, False)
    assert login.is_on()
    login.set(True, True)
    assert login.is_on()
    login.set(False, True)
    assert not login.is_on()


def test_the_file_of_linux_is_where_the_specification_says(tmp_path: Path) -> None:
    assert item("linux", tmp_path).path == tmp_path / ".config" / "autostart" / "pxbin.desktop"
    elsewhere = item("linux", tmp_path, XDG_CONFIG_HOME="/x")
    assert elsewhere.path == Path("/x/autostart/pxbin.desktop")


def unquoted(line: str) -> list[str]:
    """An ``Exec`` line as a session reads it: first the string's escapes, then the quotes (Desktop Entry 1.5)."""
    text = line.removeprefix("Exec=")
    for escape, meant in (("\\\\", "\0"), ("\\n", "\n"), ("\\t", "\t"), ("\0", "\\")):
        text = text.replace(escape, meant)
    words, word, inside, escaped = [], "", False, False
    for one in text:
        if escaped:
            word, escaped = word + one, False
        elif one == "\\" and inside:
            escaped = True
        elif one == '"':
            inside = not inside
        elif one == " " and not inside:
            words.append(word)
            word = ""
        else:
            word += one
    return [each.replace("%%", "%") for each in (*words, word)]


@pytest.mark.parametrize("hidden", [False, True])
def test_an_awkward_path_survives_the_desktop_entry(hidden: bool, tmp_path: Path) -> None:
    login = item("linux", tmp_path)
    login.set(True, hidden)
    assert login.path is not None
    lines = login.path.read_text("utf-8").splitlines()
    (line,) = [one for one in lines if one.startswith("Exec=")]
    assert unquoted(line) == [*AWKWARD, *(["--hidden"] if hidden else [])]


def test_a_desktop_s_own_switch_counts(tmp_path: Path) -> None:
    login = item("linux", tmp_path)
    login.set(True, False)
    assert login.path is not None
    text = login.path.read_text("utf-8")
    login.path.write_text(text.replace("enabled=true", "enabled=false"), "utf-8")
    assert not login.is_on()
    login.path.write_text(text + "Hidden=true\n", "utf-8")
    assert not login.is_on()


def test_the_agent_of_macos(tmp_path: Path) -> None:
    login = item("darwin", tmp_path)
    login.set(True, True)
    assert login.path == tmp_path / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    agent = plistlib.loads(login.path.read_bytes())
    assert agent["ProgramArguments"] == [*AWKWARD, "--hidden"]
    assert agent["RunAtLoad"] is True
    assert "KeepAlive" not in agent  # who quits pxbin does not want it back at once


def test_the_value_of_windows_is_one_command_line(tmp_path: Path) -> None:
    key = MemoryRunKey()
    program = r"C:\Program Files\pxbin\pxbin.exe"
    LoginItem(platform="win32", home=tmp_path, command=[program], run_key=key).set(True, True)
    assert key.values == {"pxbin": f'"{program}" --hidden'}


@pytest.mark.skipif(sys.platform == "win32", reason="there the registry is there")
def test_without_a_registry_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(LoginItemError, match="no registry"):
        LoginItem(platform="win32", home=tmp_path).is_on()


@pytest.mark.skipif(os.name != "posix", reason="files that stand in the way as on POSIX")
def test_what_the_system_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / ".config").write_text("not a directory")
    with pytest.raises(LoginItemError, match="cannot be changed"):
        item("linux", tmp_path).set(True, False)


def test_what_it_starts_is_this_program(tmp_path: Path) -> None:
    command = LoginItem(home=tmp_path, environment={})._command
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("pxbin ")


def test_a_package_starts_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/pxbin/pxbin")
    assert LoginItem(home=tmp_path, environment={})._command == ("/opt/pxbin/pxbin",)


@pytest.mark.parametrize("line", ["Type=Application", "Terminal=false", "Name=pxbin"])
def test_the_desktop_entry_says_what_it_is(line: str) -> None:
    assert line in desktop_entry(["/usr/bin/pxbin"]).splitlines()
