"""The smoke test of the packages: unpacked to a difficult path, started without an environment, used, and ended.

What it proves, for the archive and for the Debian package:

1. The window's program starts under Xvfb with a fresh home, paints, and its engine says that it is ready.
2. ``pxbin-engine`` of the same package adds an upstream, a model (with its published price: the price worker runs) and a
   key to it, and a request gets the scripted upstream's answer.
3. Asked to end it ends with 0, and nothing of it is left running, the database least of all.
4. The same for ``pxbin-engine serve``; and killed outright it leaves no database (the watchdog runs).
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil

from bundle import screen
from bundle.product import APP, ENGINE

_ANSWER = "The package works."
_READY_SECONDS, _END_SECONDS = 60, 40


class SmokeError(Exception):
    """Something that a user would have seen."""


def prove(archive: Path, package: Path) -> list[str]:
    """Prove both; returns what failed, each as a text."""
    problems = []
    with tempfile.TemporaryDirectory(prefix="pxbin smöke ") as folder:
        place = Path(folder)
        subprocess.run(["tar", "-xzf", archive, "-C", place], check=True)
        cases: dict[str, Callable[[], None]] = {
            "archive, window": lambda: _window(Run(place / APP, place / "home a"), archive.parent),
            "archive, engine alone": lambda: _headless(Run(place / APP, place / "home b")),
            "archive, killed": lambda: _killed(Run(place / APP, place / "home b")),
        }
        if shutil.which("dpkg-deb"):
            subprocess.run(["dpkg-deb", "--extract", package, place / "installed"], check=True)
            installed = place / "installed" / "usr" / "bin"
            cases |= {
                "package, window": lambda: _window(
                    Run(installed, place / "home c"), archive.parent
                ),
                "package, engine alone": lambda: _headless(Run(installed, place / "home d")),
            }
        else:
            print("pxbin: SKIPPED the Debian package: there is no dpkg-deb", file=sys.stderr)
        for name, case in cases.items():
            started = time.monotonic()
            try:
                case()
                _nothing_left(place)
            except (SmokeError, OSError, subprocess.SubprocessError) as error:
                problems.append(f"{name}: {error}")
            print(f"pxbin: smoke, {name}: {time.monotonic() - started:.1f} s", file=sys.stderr)
    return problems


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Run:
    """One home, and the programs that run in it."""

    programs: Path
    home: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Where its engine listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of ours: what a session's bare start has."""
        return {
            "HOME": str(self.home),
            "PATH": "/usr/bin:/bin",
            "PXBIN_LISTEN_ADDR": f"127.0.0.1:{self.port}",
            **self.settings,
        }

    @contextmanager
    def started(self, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start a program and wait until its engine is ready; it is killed where it is not ended in the block."""
        self.home.mkdir(exist_ok=True)
        log = self.home / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [self.programs / name, *arguments], cwd="/", env=self.environment, stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                self._wait_until_ready(process, log)
                yield process
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()

    def command(self, *arguments: str) -> Any:
        """What a command of the bundled ``pxbin-engine`` answers."""
        done = subprocess.run(
            [self.programs / ENGINE, *arguments, "--json"], cwd="/", env=self.environment, capture_output=True,
            text=True, check=False, timeout=120,
        )  # fmt: skip
        if done.returncode:
            raise SmokeError(f"{' '.join(arguments)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def use(self) -> None:
        """Set up a route by the command line, and send a request on it."""
        with _upstream() as url:
            self.command("upstreams", "add", "scripted", url, "--no-key")
            model = self.command("models", "add", "gpt-4o", "--upstream", "scripted")
            if not model.get("input_cost_per_million"):
                raise SmokeError("the model has no price: the published prices were not asked")
            key = self.command("keys", "create", "smoke")["key"]
            said = self._ask(key)
        if said != _ANSWER:
            raise SmokeError(f"the request got {said!r}")
        deadline = time.monotonic() + 10
        while not self.command("logs"):
            if time.monotonic() > deadline:
                raise SmokeError("the request has no row in the log")
            time.sleep(0.2)

    def _ask(self, key: str) -> str:
        body = {"model": "gpt-4o", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        request = urllib.request.Request(
            f"{self.base_url}/v1/messages",
            data=json.dumps(body).encode(),
            headers={"x-api-key": key, "content-type": "application/json", "anthropic-version": "2023-06-01"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as response:
            return str(json.load(response)["content"][0]["text"])

    def _wait_until_ready(self, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.base_url}/ready", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        said = log.read_text(errors="replace")[-2000:]
        raise SmokeError(f"it ended with {process.poll()} before it was ready, and said: {said}")


def _window(run: Run, pictures: Path) -> None:
    if not screen.is_there():
        print("pxbin: SKIPPED the window: there is no Xvfb", file=sys.stderr)
        return
    with screen.screen() as display:
        run.settings["DISPLAY"] = display
        with run.started(APP) as process:
            run.use()
            picture = pictures / f"smoke-{run.programs.name}.png"
            seen = screen.colours(display, picture)
            if seen < 20:
                raise SmokeError(f"the screen has {seen} colours: no window was painted")
            _end(process)


def _headless(run: Run) -> None:
    run.settings["PXBIN_OTLP_ENDPOINT"] = (
        "http://127.0.0.1:9"  # nobody listens; but its packages are there
    )
    with run.started(ENGINE, "serve") as process:
        run.use()
        _end(process)


def _killed(run: Run) -> None:
    with run.started(ENGINE, "serve") as process:
        process.kill()
        process.wait()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        code = process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        raise SmokeError("it did not end when it was asked to") from None
    if code != 0:
        raise SmokeError(f"it ended with {code}")


def _nothing_left(place: Path) -> None:
    """Wait for what ends by itself, then see that no process runs a program of ``place`` or works in it."""
    deadline = time.monotonic() + 20
    while left := _processes(place):
        if time.monotonic() > deadline:
            for process in left:
                process.kill()
            raise SmokeError(f"left running: {', '.join(str(process) for process in left)}")
        time.sleep(0.1)


def _processes(place: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            told = (process.exe(), process.cwd(), *process.cmdline())
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(text.startswith(str(place)) for text in told):
            found.append(process)
    return found


class _Scripted(BaseHTTPRequestHandler):
    """An upstream of OpenAI's dialect that says one sentence."""

    def do_POST(self) -> None:  # http.server's name
        self.rfile.read(int(self.headers["content-length"]))
        message = {"role": "assistant", "content": _ANSWER}
        answer = {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
        }  # fmt: skip
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Scripted)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
