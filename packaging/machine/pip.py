"""pip, from the wheel beside this package, run so that a person sees progress and learns why it failed.

Debian's Python has neither pip nor ensurepip. With its own wheel every machine installs by the same pip, and pip
itself knows the person's index, proxy and certificates, which a download of pip would have to learn again.
"""

import hashlib
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from machine.console import SetupError, end_progress, show_progress

WHEEL = Path(__file__).parents[1] / "pip-26.3-py3-none-any.whl"
WHEEL_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"

_ADVICE = (
    "Is this machine online? pip reads its index, proxy and certificates from its own settings (pip config list) "
    "and from PIP_* and *_PROXY variables."
)
_OFFLINE = (
    "name resolution|NameResolutionError|getaddrinfo failed|nodename nor servname|NewConnectionError"
    "|ConnectTimeout|ReadTimeout|ProxyError|Connection refused|Network is unreachable"
)
_REASONS = (
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        f"The package index's certificate is not trusted. {_ADVICE}",
    ),
    (_OFFLINE, f"The package index cannot be reached. {_ADVICE}"),
    (r"No space left on device", "The disk is full."),
    (
        r"DO NOT MATCH THE HASHES",
        "A package is not the one that was locked: the index serves another file.",
    ),
    (
        r"No matching distribution found",
        "A locked package has no build for this system and Python, or the index lacks it.",
    ),
)


@dataclass(frozen=True)
class Pip:
    """The pip of one virtual environment."""

    python: Path
    log: Path

    def install_itself(self) -> None:
        """Put pip into an environment that was made without it.

        Raises:
            SetupError: the wheel is not the pinned one, or it failed.
        """
        if hashlib.sha256(WHEEL.read_bytes()).hexdigest() != WHEEL_SHA256:
            raise SetupError(f"{WHEEL} is damaged: take it anew from the repository")
        self._run([str(WHEEL / "pip"), "install", "--no-index", str(WHEEL)])

    def install(self, *arguments: str) -> None:
        """Run ``pip install``.

        Raises:
            SetupError: it failed; the text says why where the reason is a known one.
        """
        self._run(["-m", "pip", "install", "--progress-bar=off", *arguments])

    def _run(self, arguments: list[str]) -> None:
        self.log.parent.mkdir(exist_ok=True)
        command = [str(self.python), *arguments]
        with (
            self.log.open("w", encoding="utf-8") as log,
            subprocess.Popen(
                command,
                env=pip_environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                close_fds=False,  # it holds the set-up's lock too, should it outlive this process
            ) as process,
        ):
            for line in process.stdout or ():
                log.write(line)
                if line.lstrip().startswith(("Downloading", "Installing")):
                    show_progress(line.strip())
        end_progress()
        if process.returncode:
            raise SetupError(explain(self.log.read_text(encoding="utf-8"), self.log))


def pip_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The person's own settings of pip (index, proxy, certificates), less those that install elsewhere."""
    elsewhere = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PYTHONPATH", "PYTHONHOME"}
    kept = {name: value for name, value in given.items() if name not in elsewhere}
    return {**kept, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUTF8": "1"}


def explain(output: str, log: Path) -> str:
    """Say why pip failed: the known reason first, then its own errors."""
    reason = next((text for pattern, text in _REASONS if re.search(pattern, output)), "pip failed.")
    lines = [
        line for line in output.splitlines() if line.startswith("ERROR")
    ] or output.splitlines()
    shown = "\n".join(f"  {line}" for line in lines[-5:])
    return f"{reason}\n{shown}\n  (all of it: {log})"
