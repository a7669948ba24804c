"""A server's directory replaced: killed at any moment, a start finds a whole one, and never none."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pxbin_engine.storage.postgres.replacement import building_place, replace, settle

NOW = datetime(2026, 11, 24, 3, 4, 5, tzinfo=UTC)
ASIDE = "pg-before-20261124-030405"


class Killed(BaseException):
    """Nothing of the process runs after it."""


def make(place: Path, name: str) -> Path:
    (place / "data").mkdir(parents=True)
    (place / "data" / "PG_VERSION").write_text("18\n")
    (place / "name").write_text(name)
    return place


def name_at(place: Path) -> str | None:
    return (place / "name").read_text() if place.exists() else None


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "pg"


@pytest.fixture
def built(root: Path) -> Path:
    return make(building_place(root) / "pg", "new")


def fail_at(count: int, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the rename after so many fail, once."""
    rename, done = Path.rename, []

    def counted(path: Path, target: Path) -> Path:
        done.append(path)
        if len(done) == count + 1:
            raise error
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", counted)


def test_the_old_one_is_put_aside(root: Path, built: Path) -> None:
    make(root, "old")
    assert replace(root, built, NOW) == root.with_name(ASIDE)
    assert (name_at(root), name_at(root.with_name(ASIDE))) == ("new", "old")


def test_where_there_was_none_nothing_is_put_aside(root: Path, built: Path) -> None:
    assert replace(root, built, NOW) is None
    assert (name_at(root), sorted(root.parent.glob("pg-before-*"))) == ("new", [])


@pytest.mark.parametrize(
    ("old", "renames", "found"),
    [
        (True, 0, "old"),
        (True, 1, "old"),
        (True, 2, "new"),
        (False, 0, None),  # nobody knows that it is whole
        (False, 1, "new"),
    ],
)
def test_a_kill_leaves_one_that_is_whole(
    root: Path,
    built: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    old: bool,
    renames: int,
    found: str | None,
) -> None:
    if old:
        make(root, "old")
    fail_at(renames, Killed(), monkeypatch)
    with pytest.raises(Killed):
        replace(root, built, NOW)
    settle(root)
    assert name_at(root) == found


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_what_cannot_be_put_in_place_leaves_all_as_it_was(
    root: Path, built: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    make(root, "old")
    fail_at(renames, OSError(28, "No space left on device"), monkeypatch)
    with pytest.raises(OSError, match="No space left"):
        replace(root, built, NOW)
    assert (name_at(root), sorted(root.parent.glob("pg-before-*"))) == ("old", [])


def test_the_newest_that_was_put_aside_comes_back_and_is_told(
    root: Path, built: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("20261122-101112", "20261123-101112"):
        make(root.with_name(f"pg-before-{name}"), name)
    make(root.with_name("pg-before-upgrade"), "a person's own copy")
    root.with_name("pg-before-20261124-1.zip").touch()
    settle(root)
    assert name_at(root) == "20261123-101112"
    assert "postgres.replacement_settled" in caplog.text
    assert built.exists()  # half made: not taken, and not lost


def test_another_process_may_be_faster(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(root.with_name(ASIDE), "old")

    def late(path: Path, target: Path) -> Path:
        make(target, "theirs")
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "rename", late)
    settle(root)
    assert name_at(root) == "theirs"


def test_what_cannot_be_put_back_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(root.with_name(ASIDE), "old")
    fail_at(0, PermissionError(13, "Permission denied"), monkeypatch)
    with pytest.raises(PermissionError):
        settle(root)
    assert not root.exists()
