"""The Dockerfile and docker-compose.yml, linted: no Docker engine is needed to know that they are sound."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pxbin_engine.config import load_config

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
ENGINE, DATABASE = COMPOSE["services"]["engine"], COMPOSE["services"]["database"]
SECRETS = {
    "POSTGRES_PASSWORD": "a-password-of-some-length",
    "PXBIN_MANAGEMENT_BOOTSTRAP_KEY": "a-key-of-some-length",
    "PXBIN_ENCRYPTION_KEY": "another-key-of-some-length",
}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and arguments, with continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", DOCKERFILE)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def arguments(instruction: str) -> list[str]:
    return [argument for name, argument in instructions() if name == instruction]


def container_environment() -> dict[str, str]:
    """The PXBIN_* variables that the container sees with the secrets of .env, as compose fills them in."""
    image = dict(pair.split("=", 1) for argument in arguments("ENV") for pair in argument.split())
    filled = {
        name: re.sub(r"\$\{(\w+)[^}]*\}", lambda match: SECRETS[match[1]], value)
        for name, value in ENGINE["environment"].items()
    }
    return {name: value for name, value in {**image, **filled}.items() if name.startswith("PXBIN_")}


def test_hadolint_is_content() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint has no build for this system")
    result = subprocess.run(
        [hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    kept = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line[:1] == "!"
    }
    copied = {
        source for line in arguments("COPY") if "--from" not in line for source in line.split()[:-1]
    }
    assert copied == kept
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_it_installs_by_hash_and_does_not_run_as_root() -> None:
    assert any(
        "--require-hashes" in run and "requirements-otel.lock" in run for run in arguments("RUN")
    )
    assert arguments("USER") == ["10001"]
    assert "--uid 10001" in " ".join(arguments("RUN"))
    names = [name for name, _ in instructions()]
    assert names.index("USER") < names.index("ENTRYPOINT")


def test_its_settings_are_settings_of_the_engine() -> None:
    config = load_config(container_environment())
    assert (config.host, config.port) == ("0.0.0.0", 8080)
    assert str(config.data_dir) in arguments("VOLUME")
    assert not config.embedded


def test_its_health_is_asked_at_the_port_that_it_listens_at() -> None:
    (check,) = arguments("HEALTHCHECK")
    port = load_config(container_environment()).port
    assert f"http://127.0.0.1:{port}/ready" in check
    assert arguments("EXPOSE") == [str(port)]


def test_the_engine_is_published_on_loopback_alone_and_the_database_not_at_all() -> None:
    assert ENGINE["ports"] == ["127.0.0.1:8080:8080"]
    assert "ports" not in DATABASE


def test_no_secret_is_written_into_the_files() -> None:
    for name, value in {**ENGINE["environment"], **DATABASE["environment"]}.items():
        if re.search("KEY|PASSWORD|URL", name):
            assert re.search(r"\$\{(\w+):\?", value), f"{name} has to come from .env"
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_engine_waits_for_the_database_that_it_names() -> None:
    url = container_environment()["PXBIN_DATABASE_URL"]
    assert "@database:5432/" in url
    assert ENGINE["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "healthcheck" in DATABASE


SERVICE_KEYS = {
    "build", "cap_drop", "depends_on", "environment", "healthcheck", "image", "init", "ports", "read_only", "restart",
    "security_opt", "stop_grace_period", "tmpfs", "volumes",
}  # fmt: skip
"""Of the Compose specification, those that are used here (https://docs.docker.com/reference/compose-file/services/)."""


def test_every_key_is_one_of_the_specification() -> None:
    assert COMPOSE.keys() == {"name", "services", "volumes"}
    for service in COMPOSE["services"].values():
        assert service.keys() - SERVICE_KEYS == set()
        assert ("build" in service) != ("image" in service)
        check = service.get("healthcheck", {})
        assert check.keys() <= {"test", "interval", "timeout", "retries", "start_period"}
        assert check.get("test", ["CMD"])[0] in {"CMD", "CMD-SHELL", "NONE"}
    dependency = {d["condition"] for d in ENGINE["depends_on"].values()}
    assert dependency <= {"service_started", "service_healthy", "service_completed_successfully"}


def test_the_database_is_postgresql_17() -> None:
    assert re.fullmatch(r"postgres:17(\.\d+)?(-\w+)?", DATABASE["image"])


def test_what_has_to_last_is_in_a_named_volume() -> None:
    volumes = [
        volume.split(":")[0] for service in (ENGINE, DATABASE) for volume in service["volumes"]
    ]
    assert set(volumes) == COMPOSE["volumes"].keys()
