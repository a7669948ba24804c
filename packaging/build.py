"""Builds and proves the packages of the system that it runs on: ``make package``. Run by bootstrap.py, in its own environment.

On Linux: the folder, ``.tar.gz``, ``.deb``; then the validators that are there, and the smoke test of both. On macOS and
Windows: the app, the folder and (where Inno Setup is there) the installer, which nothing proves yet.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from bundle import archives, checks, debian, elf, linux, smoke, windows
from bundle.product import APP, ROOT, Product, product
from machine.package_managers import MANAGERS

STEPS = ("freeze", "pack", "prove")


def main() -> int | str:
    """Build, check, prove; the text of an error where something of it fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the packages go")
    parser.add_argument("--no-smoke", action="store_true", help="do not start what was built")
    parser.add_argument(
        "--begin", choices=STEPS, default="freeze", help="with what is in --out of the steps before"
    )
    given = parser.parse_args()
    packaged = product()
    if version("pxbin") != packaged.version:
        return f"pxbin: the environment has version {version('pxbin')}, and pyproject.toml says {packaged.version}"
    given.out.mkdir(parents=True, exist_ok=True)
    if given.begin == "freeze":
        freeze(given.out)
    if given.begin != "prove":
        pack(packaged, given.out)
    if sys.platform != "linux":
        return 0
    package, archive = given.out / debian.file_name(packaged), given.out / archive_name(packaged)
    problems = checks.run(package)
    if not given.no_smoke:
        problems += smoke.prove(archive, package)
    return "\n".join(["pxbin: not fit to be given away:", *problems]) if problems else 0


def freeze(out: Path) -> None:
    """Run PyInstaller, which makes the folder with both programs."""
    started = time.monotonic()
    work = ROOT / ".cache" / "package-work"
    options = ["--noconfirm", "--log-level=WARN", "--distpath", str(out), "--workpath", str(work)]
    spec = ROOT / "packaging" / "pxbin.spec"
    environment = os.environ | {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": str(release_time())}
    subprocess.run([sys.executable, "-m", "PyInstaller", *options, str(spec)], check=True, env=environment)  # fmt: skip
    say(f"the folder took {time.monotonic() - started:.0f} s")


def pack(packaged: Product, out: Path) -> None:
    """Make what this system installs."""
    if sys.platform == "linux":
        pack_for_linux(packaged, out / APP, out)
    if sys.platform == "win32":
        if shutil.which("iscc"):
            subprocess.run(windows.installer_command(packaged, out / APP, out), check=True)
        else:
            say("there is no Inno Setup (iscc) on PATH: no installer is made")


def pack_for_linux(packaged: Product, folder: Path, out: Path) -> None:
    """Make the archive and the Debian package, and tell how big they are."""
    moment = release_time()
    plain = archives.Tree()
    plain.add_folder(folder, APP)
    say(f"the folder has {len(plain.files)} files, {plain.installed_kib / 1024:.0f} MB")
    needs = elf.needs_of_system([path for path in plain.files.values() if isinstance(path, Path)])
    apt = next(manager for manager in MANAGERS if manager.program == "apt-get")
    packages = debian.depends(needs, apt.package_of)
    say(f"it needs of the system: {', '.join(packages)}")
    text = linux.read_me(packaged, packages[1:], needs.glibc)
    plain.files |= {
        f"{APP}/README.txt": text.encode(),
        f"{APP}/LICENSE": ROOT / "LICENSE",
    }
    archives.write_tar_gz(out / archive_name(packaged), plain, time=moment)
    installed = debian.tree(packaged, folder, moment)
    debian.write(out / debian.file_name(packaged), packaged, installed, packages, time=moment)
    for path in (out / archive_name(packaged), out / debian.file_name(packaged)):
        say(f"{path.name}: {path.stat().st_size / 2**20:.0f} MB")


def archive_name(packaged: Product) -> str:
    """What the archive for any Linux is called."""
    return f"{APP}-{packaged.version}-linux-{platform.machine()}.tar.gz"


def release_time() -> int:
    """When this state was made: SOURCE_DATE_EPOCH, or the time of the commit, so that the same state packs the same."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    command = ["git", "log", "-1", "--format=%ct"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return int(told) if told.strip() else int(time.time())


def say(text: str) -> None:
    """Tell how far it is."""
    print(f"pxbin: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
