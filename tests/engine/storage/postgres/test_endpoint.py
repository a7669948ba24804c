"""Where a server listens: private, short enough, and spelled so that asyncpg and PostgreSQL both understand."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres import endpoint
from pxbin_engine.storage.postgres.endpoint import Endpoint, choose_endpoint
from pxbin_engine.storage.postgres.layout import PidFile

DATA = Path("/home/u/pg/data")
UID = os.geteuid()


@pytest.fixture
def short() -> Iterator[Path]:
    """pytest's own directories may be too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="px-") as name:
        yield Path(name)


def choose(runtime: Path | str) -> Path:
    return Path(
        choose_endpoint(DATA, owner=UID, environment={"XDG_RUNTIME_DIR": str(runtime)}).host
    )


def test_the_runtime_directory_comes_first_and_both_levels_are_private(short: Path) -> None:
    directory = choose(short)
    assert directory.parent == short / f"pxbin-{UID}"
    assert {stat.S_IMODE(each.stat().st_mode) for each in (directory, directory.parent)} == {0o700}
    assert choose(short) == directory, "the same data has the same place"


@pytest.mark.parametrize(
    "name", ["x" * 100, "a,b", "two\nlines"], ids=["long", "comma", "line-break"]
)
def test_a_directory_that_no_socket_can_be_in_is_passed_over(
    short: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    (short / name).mkdir()
    assert choose(short / name).is_relative_to(short / f"pxbin-{UID}")


def test_a_directory_open_to_others_is_not_trusted(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = short / f"pxbin-{UID}"
    planted.mkdir()
    planted.chmod(0o777)
    monkeypatch.setattr(endpoint, "_bases", lambda _environment, *, ours: iter([short]))
    with pytest.raises(ServerStartError, match="XDG_RUNTIME_DIR"):
        choose(short)


def test_a_link_is_not_trusted(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (short / "elsewhere").mkdir(mode=0o700)
    (short / f"pxbin-{UID}").symlink_to(short / "elsewhere")
    monkeypatch.setattr(endpoint, "_bases", lambda _environment, *, ours: iter([short]))
    with pytest.raises(ServerStartError):
        choose(short)


def test_a_socket_in_a_dsn() -> None:
    parts = urlsplit(Endpoint("/run/a b/ü", 5432).dsn("p:w/@"))
    assert parts.netloc == "pxbin:p%3Aw%2F%40@"
    assert parse_qs(parts.query) == {
        "host": ["/run/a b/ü"],
        "port": ["5432"],
        "sslmode": ["disable"],
    }


def test_the_servers_arguments() -> None:
    # unix_socket_directories is a list: a quoted name may hold anything but a comma.
    assert Endpoint('/run/it"s', 5432).arguments()[1] == 'unix_socket_directories="/run/it""s"'
    arguments = Endpoint("127.0.0.1", 50001).arguments()
    assert arguments[1::2] == [
        "unix_socket_directories=",
        "listen_addresses=127.0.0.1",
        "port=50001",
    ]


def test_a_server_without_a_socket_listens_on_loopback() -> None:
    found = Endpoint.of(PidFile(1, 50001, "", "127.0.0.1", "ready"))
    assert found == Endpoint("127.0.0.1", 50001)
    assert found.socket is None
    assert not found.has_files()


def test_nobody_answers_where_nobody_listens(short: Path) -> None:
    assert not Endpoint(str(short), 5432).answers()
