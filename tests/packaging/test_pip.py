"""pip: whose settings it runs with, and what a person is told when it fails."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from machine import pip as subject
from machine.console import SetupError
from machine.pip import Pip, explain, pip_environment


def test_the_wheel_is_the_pinned_one() -> None:
    assert hashlib.sha256(subject.WHEEL.read_bytes()).hexdigest() == subject.WHEEL_SHA256


def test_it_puts_itself_into_an_environment_without_pip(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True)
    python = tmp_path / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    Pip(python, log=tmp_path / "log").install_itself()
    version = subprocess.run(
        [python, "-m", "pip", "--version"], capture_output=True, text=True, check=True
    ).stdout
    assert version.startswith(f"pip {subject.WHEEL.name.split('-')[1]} ")
    assert str(tmp_path) in version


def test_a_damaged_wheel_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "pip.whl"
    damaged.write_bytes(b"not this")
    monkeypatch.setattr(subject, "WHEEL", damaged)
    with pytest.raises(SetupError, match="damaged"):
        Pip(Path(sys.executable), log=tmp_path / "log").install_itself()


def test_the_persons_settings_stay_and_those_that_install_elsewhere_go() -> None:
    given = {
        "PIP_INDEX_URL": "https://index.invalid/simple",
        "PIP_CERT": "/c.pem",
        "PIP_TARGET": "/t",
        "PIP_USER": "1",
    }
    environment = pip_environment({**given, "PYTHONPATH": "/p", "HTTPS_PROXY": "http://p.invalid"})
    assert environment["PIP_INDEX_URL"] == given["PIP_INDEX_URL"]
    assert environment["PIP_CERT"] == given["PIP_CERT"]
    assert environment["HTTPS_PROXY"] == "http://p.invalid"
    assert environment["PIP_USER"] == "0"
    assert environment.keys().isdisjoint({"PIP_TARGET", "PYTHONPATH"})


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            "WARNING: NewConnectionError\nERROR: No matching distribution found for x",
            "cannot be reached",
        ),
        (
            "SSLError(CERTIFICATE_VERIFY_FAILED)\nERROR: No matching distribution",
            "certificate is not trusted",
        ),
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that was locked"),
        ("ERROR: No matching distribution found for x==1", "no build for this system"),
        ("Traceback: strange", "pip failed"),
    ],
)
def test_known_reasons_come_first_and_pips_own_words_stay(output: str, reason: str) -> None:
    text = explain(output, Path("setup.log"))
    assert reason in text.splitlines()[0]
    assert output.splitlines()[-1] in text
    assert "setup.log" in text


def test_a_package_without_a_hash_is_refused(tmp_path: Path) -> None:
    wanted = tmp_path / "requirements.txt"
    wanted.write_text(f"pip @ {subject.WHEEL.as_uri()}\n")
    pip = Pip(Path(sys.executable), log=tmp_path / "setup.log")
    with pytest.raises(SetupError, match="Hashes are required"):
        pip.install("--dry-run", "--no-index", "--require-hashes", "-r", str(wanted))
    assert "Hashes are required" in pip.log.read_text(encoding="utf-8")
