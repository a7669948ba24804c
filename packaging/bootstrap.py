"""Make a bare machine ready for pxbin and start it: ``python3 packaging/bootstrap.py run|test|setup|...``.

Syntax of Python 3.6: an outdated Python has to get as far as finding a newer one, or saying that there is none.
"""

import os
import shutil
import subprocess
import sys

OLDEST_MINOR, NEWEST_MINOR = 11, 14  # of Python 3; pyproject.toml says the same


def main():
    """Carry out the command line, in a Python that pxbin runs on."""
    if is_supported(sys.version_info):
        from machine.commands import main as command_line  # noqa: PLC0415 - newer syntax

        return command_line(sys.argv[1:])
    newer = find_supported_python()
    if newer and os.name == "posix":
        os.execvp(newer[0], [*newer, *sys.argv])
    if newer:
        return subprocess.call([*newer, *sys.argv])
    return (
        f"pxbin needs Python 3.{OLDEST_MINOR} to 3.{NEWEST_MINOR}, and this is Python "
        f"{sys.version_info[0]}.{sys.version_info[1]}. Install one of them and start again: it is found "
        "as python3.N on PATH, or name it: make PYTHON=/path/to/python3.N run"
    )


def is_supported(version):
    """Tell whether pxbin runs on a Python of this version."""
    return version[0] == 3 and OLDEST_MINOR <= version[1] <= NEWEST_MINOR


def find_supported_python():
    """Return the command of the newest Python on PATH that pxbin runs on, else None."""
    for minor in range(NEWEST_MINOR, OLDEST_MINOR - 1, -1):
        for command in ([f"python3.{minor}"], ["py", f"-3.{minor}"]):
            if shutil.which(command[0]) and _answers(command, minor):
                return command
    return None


def _answers(command, minor):
    # a version manager leaves a command on PATH for every version that it once had
    probe = f"import sys; sys.exit(sys.version_info[:2] != (3, {minor}))"
    nowhere = subprocess.DEVNULL
    return subprocess.call([*command, "-c", probe], stdout=nowhere, stderr=nowhere) == 0


if __name__ == "__main__":
    sys.exit(main())
