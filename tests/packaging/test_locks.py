"""The locks hold every dependency of pyproject.toml, by exact version and hash."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_NAME = re.compile(r"[\w.-]+")


def locked(name: str) -> dict[str, list[str]]:
    """The lines of each package, by ``name==version``-name."""
    text = (ROOT / "packaging" / name).read_text(encoding="utf-8")
    packages: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\w)", text):
        match = re.match(r"([\w.-]+)==\S+", block)
        assert match, f"not an exact version: {block[:60]}"
        packages.setdefault(normalized(match[1]), []).append(block)
    return packages


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {normalized(match[0]) for line in requirements if (match := _NAME.match(line))}


RUNTIME, DEV = locked("requirements.lock"), locked("requirements-dev.lock")
OTEL = locked("requirements-otel.lock")
PACKAGE = locked("requirements-package.lock")
GROUPS = PROJECT["dependency-groups"]


def test_every_dependency_is_locked() -> None:
    wanted = names(PROJECT["project"]["dependencies"]) | names(GROUPS["build"])
    assert wanted <= RUNTIME.keys()
    assert wanted | names(GROUPS["dev"]) <= DEV.keys()
    otel = names(PROJECT["project"]["optional-dependencies"]["otel"])
    assert wanted | otel <= OTEL.keys()
    assert wanted | otel | names(GROUPS["package"]) <= PACKAGE.keys()


def test_what_builds_the_project_is_in_the_build_group() -> None:
    assert PROJECT["build-system"]["requires"] == GROUPS["build"]


@pytest.mark.parametrize(
    "lock", [RUNTIME, DEV, OTEL, PACKAGE], ids=["runtime", "dev", "otel", "package"]
)
def test_everything_locked_has_a_hash(lock: dict[str, list[str]]) -> None:
    assert [
        name for name, blocks in lock.items() for block in blocks if "--hash=sha256:" not in block
    ] == []


def test_the_tests_run_on_the_versions_that_people_get() -> None:
    """So the test tools can be added to a runtime environment and change nothing in it."""

    def versions(lock: dict[str, list[str]], name: str) -> list[str]:
        return [block.split()[0] for block in lock.get(name, [])]

    for lock in (DEV, OTEL, PACKAGE):
        assert {n for n in RUNTIME if versions(RUNTIME, n) != versions(lock, n)} == set()
    assert {n for n in OTEL if versions(OTEL, n) != versions(DEV, n)} == set()


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "packaging").glob("*.lock")))
def test_a_lock_names_no_index(name: str) -> None:
    assert "://" not in (ROOT / "packaging" / name).read_text(encoding="utf-8")
