"""The Debian package, as deb(5) says: two tar archives in an ``ar`` archive. No tool of Debian's is needed to make it."""

import hashlib
import io
import lzma
import platform
import tarfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from bundle.archives import Tree, gzipped, write_ar, write_tar
from bundle.elf import Needs
from bundle.linux import FOLDER, copyright_file, links, lintian_overrides, shared_files
from bundle.product import APP, ROOT, Product

MAINTAINER = "pxbin <pxbin@localhost>"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_DOCUMENTS = f"usr/share/doc/{APP}"


def file_name(product: Product) -> str:
    """As Debian names packages."""
    return f"{APP}_{product.version}_{architecture()}.deb"


def architecture() -> str:
    """This processor, in Debian's words."""
    return _ARCHITECTURES[platform.machine()]


def tree(product: Product, folder: Path, time: int) -> Tree:
    """Everything that the package installs."""
    released = datetime.fromtimestamp(time, UTC)
    found = Tree()
    found.add_folder(folder, FOLDER)
    found.files |= shared_files(product, released.date())
    found.files |= {
        f"{_DOCUMENTS}/copyright": copyright_file().encode(),
        f"{_DOCUMENTS}/changelog.gz": gzipped(changelog(product, released), time=time),
        f"{_DOCUMENTS}/NEWS.gz": gzipped((ROOT / "CHANGELOG.md").read_text("utf-8"), time=time),
        f"usr/share/lintian/overrides/{APP}": lintian_overrides().encode(),
    }
    found.links |= links()
    return found


def changelog(product: Product, released: datetime) -> str:
    """Debian's own form of it; the real one is beside it."""
    return (
        f"{APP} ({product.version}) stable; urgency=medium\n\n"
        f"  * Version {product.version}; what is new in it is told in NEWS.gz.\n\n"
        f" -- {MAINTAINER}  {format_datetime(released)}\n"
    )


def control(product: Product, installed_kib: int, depends: Iterable[str]) -> str:
    """The package's paragraph (Debian Policy, chapter 5)."""
    return (
        f"Package: {APP}\n"
        f"Version: {product.version}\n"
        f"Architecture: {architecture()}\n"
        f"Maintainer: {MAINTAINER}\n"
        f"Installed-Size: {installed_kib}\n"
        f"Depends: {', '.join(depends)}\n"
        "Recommends: gnome-keyring | kwalletmanager | keepassxc, xdg-desktop-portal\n"
        "Section: net\n"
        "Priority: optional\n"
        f"Description: {product.summary.removeprefix('The ')}\n"
        " A desktop app between LLM clients (Claude Code, Codex, OpenCode and others) and\n"
        " the services that answer them. It translates between their protocols, and shows\n"
        " each request with its tokens, its cost and its time.\n"
        " .\n"
        " The package brings its own Python, Qt and PostgreSQL. The same engine without a\n"
        " window is the program pxbin-engine.\n"
    )


def depends(needs: Needs, package_of: Callable[[str], str]) -> list[str]:
    """The packages with the libraries that stay with the system; ``package_of`` knows a library's."""
    major, minor = needs.glibc
    packages = {package_of(name) for name in needs.libraries} | {"tzdata"}  # Python's time zones
    return [f"libc6 (>= {major}.{minor})", *sorted(packages)]


def write(
    path: Path, product: Product, installed: Tree, packages: Iterable[str], *, time: int
) -> None:
    """Write the package."""
    sums = "".join(
        f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}  {name}\n"
        for name, content in installed.digests_of()
    )
    text = control(product, installed.installed_kib, packages)
    about = Tree({"control": text.encode(), "md5sums": sums.encode()})
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.xz": _packed(about, time),
        "data.tar.xz": _packed(installed, time),
    }
    write_ar(path, members, time=time)


def _packed(content: Tree, time: int) -> bytes:
    target = io.BytesIO()
    with (
        lzma.open(target, "wb", preset=1) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive,
    ):
        write_tar(archive, content, time=time, prefix="./")
    return target.getvalue()
