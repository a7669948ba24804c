import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from pxbin_engine.__main__ import main

TIMEOUT = 60


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """The process's own, without its PXBIN_ variables, and with everything stored in ``data_dir``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PXBIN_")}
    return (
        kept
        | {"PXBIN_DATA_DIR": str(data_dir), "PXBIN_ENCRYPTION_KEY": "a key for the tests alone"}
        | more
    )


def test_serve_runs_by_its_environment_alone_and_stops_when_asked(tmp_path: Path) -> None:
    bootstrap = "bootstrap-for-the-test"
    process = subprocess.Popen(
        [sys.executable, "-m", "pxbin_engine", "serve", "--listen", "127.0.0.1:0"],
        cwd=tmp_path,
        env=environment(
            tmp_path / "data", PXBIN_MANAGEMENT_BOOTSTRAP_KEY=bootstrap, PXBIN_LOG_FORMAT="json"
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        greeting = [process.stdout.readline() for _ in range(4)]
        address = re.search(r"http://127\.0\.0\.1:\d+", greeting[0])
        assert address, (greeting, process.poll())
        assert str(tmp_path / "data") in greeting[1]
        assert "encryption_key" in greeting[2]
        assert "keys create" in greeting[3]
        answer = _post(f"{address[0]}/api/v1/bootstrap", {"bootstrap_key": bootstrap})
        assert answer["data"]["key"].startswith("pxm_")
        made = _command(tmp_path, "keys", "create", "laptop")
        assert made.returncode == 0, made.stderr
        _wait_until_known(address[0], made.stdout.strip())
        taken = _command(tmp_path, "serve", "--listen", address[0].removeprefix("http://"))
        assert taken.returncode == 1
        assert "cannot listen" in taken.stderr.splitlines()[-1]
        assert "Traceback" not in taken.stderr
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=TIMEOUT)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, out) == (0, "pxbin has stopped.\n")
    lines = [json.loads(line) for line in err.splitlines()]
    assert any(line["message"].startswith("exchange.finished") for line in lines)
    assert not [line for line in lines if line["level"] in {"warning", "error"}]
    assert not _servers_of(tmp_path)


def _command(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "pxbin_engine", *arguments],
        cwd=tmp_path,
        env=environment(tmp_path / "data"),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def _post(url: str, body: object) -> dict[str, dict[str, str]]:
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
        answer: dict[str, dict[str, str]] = json.load(response)
        return answer


def _wait_until_known(address: str, key: str) -> None:
    deadline = time.monotonic() + 10
    while _status_of_models(address, key) != 200:
        assert time.monotonic() < deadline, "the running engine never heard of the key"
        time.sleep(0.1)


def _status_of_models(address: str, key: str) -> int:
    request = urllib.request.Request(f"{address}/v1/models", headers={"x-api-key": key})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def _servers_of(directory: Path) -> list[str]:
    """The command lines of processes that still work in ``directory``."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if str(directory) in line:
            found.append(line)
    return found


def test_a_bad_setting_is_one_line_and_names_its_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PXBIN_LOG_LEVLE", "debug")
    assert main(["check"]) == 1
    assert capsys.readouterr().err == "pxbin-engine: PXBIN_LOG_LEVLE: is not a setting of pxbin\n"


def test_a_database_that_is_away_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    config = tmp_path / "config.yaml"
    config.write_text(f"database_url: postgresql://nobody@127.0.0.1:{port}/none\n", "utf-8")
    monkeypatch.delenv("PXBIN_DATABASE_URL", raising=False)
    assert main(["keys", "list", "--config", str(config), "--data-dir", str(tmp_path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("pxbin-engine: the database cannot be reached")
