"""config.yaml changed by the program: only what was changed differs, and nothing bad is ever written."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from pxbin_engine.config import find_config_file
from pxbin_engine.config_file import ConfigFile, write
from pxbin_engine.errors import ConfigError

FILE = "# My own notes.\nlisten_addr: 127.0.0.1:8080\n"


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "- a\n",
        "just words\n",
        "a: 1\na: 2\n",
        "a: !tag 1\n",
        "a: =\n",
        "? [a, b]\n: c\n",
        "a: " + "[" * 2000,
    ],
    ids=range(8),
)
def test_what_cannot_be_understood_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        write(path, {"log_level": "debug"})
    assert path.read_text() == text


def test_a_new_file_is_the_owner_s_alone(tmp_path: Path) -> None:
    file = ConfigFile(path=tmp_path / "new" / "config.yaml", environment={})
    config = file.write({"log_retention_days": 3})
    assert config.log_retention_days == file.load().log_retention_days == 3
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [one.name for one in file.path.parent.iterdir()] == ["config.yaml"]


def test_mode_and_link_stay(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.yaml"
    real.write_text(FILE)
    real.chmod(0o644)
    link = tmp_path / "config.yaml"
    link.symlink_to(real)
    write(link, {"log_level": "debug"})
    assert link.is_symlink()
    assert "log_level" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"listen_addr": "nowhere"}, "listen_addr"),
        ({"log_retention_days": 0}, "log_retention_days"),
        ({"log_retention_days": "many"}, "log_retention_days"),
        ({"colour": "red"}, "colour"),
    ],
    ids=range(4),
)
def test_a_bad_value_is_named_and_not_written(
    changes: dict[str, Any], key: str, tmp_path: Path
) -> None:
    file = ConfigFile(path=tmp_path / "config.yaml", environment={})
    file.path.write_text(FILE)
    with pytest.raises(ConfigError) as raised:
        file.write(changes)
    assert raised.value.key == key
    assert file.path.read_text() == FILE


def test_what_lies_over_the_file_is_locked(tmp_path: Path) -> None:
    file = ConfigFile(
        path=tmp_path / "config.yaml",
        environment={"PXBIN_LOG_LEVEL": "debug", "PXBIN_KEY": "pxb_x", "HOME": "/"},
        overrides={"data_dir": tmp_path},
    )
    assert file.locked == {
        "log_level": "Set by the environment variable PXBIN_LOG_LEVEL.",
        "data_dir": "Set on the command line.",
    }
    with pytest.raises(ConfigError, match="PXBIN_LOG_LEVEL"):
        file.write({"log_level": "info"})
    assert not file.path.exists()
    written = file.write({"max_db_conns": 7})
    assert (written.log_level, written.data_dir, written.max_db_conns) == ("debug", tmp_path, 7)


def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    pipe = tmp_path / "config.yaml"
    os.mkfifo(pipe)
    keeps_it_open = os.open(pipe, os.O_RDWR)
    link = tmp_path / "link.yaml"
    link.symlink_to(pipe)
    try:
        for path in (pipe, link):
            with pytest.raises(ConfigError, match="is no file"):
                write(path, {"log_level": "debug"})
    finally:
        os.close(keeps_it_open)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_directory_in_its_place_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.mkdir()
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        write(path, {"log_level": "info"})


def test_the_file_is_found_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *_, **__: str(tmp_path / "own"))
    assert find_config_file({}) == tmp_path / "own" / "config.yaml"
    here = {"PXBIN_DATA_DIR": str(tmp_path / "data")}
    assert find_config_file(here) == tmp_path / "data" / "config.yaml"
    (tmp_path / "config.yaml").write_text("")
    assert find_config_file(here) == Path("config.yaml")
    assert find_config_file(here | {"PXBIN_CONFIG_PATH": "/x.yaml"}) == Path("/x.yaml")
