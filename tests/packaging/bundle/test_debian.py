"""The Debian package as Debian's own tools, or else Python, read it."""

import hashlib
import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from bundle import debian
from bundle.archives import Tree
from bundle.elf import Needs
from bundle.linux import FOLDER
from bundle.product import APP, ENGINE, product
from machine.package_managers import MANAGERS

PACKAGED = product()
TIME = 1_900_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as PyInstaller leaves it: both programs, a library, a link."""
    made = tmp_path / "built"
    (made / "lib").mkdir(parents=True)
    for name in (APP, ENGINE):
        (made / name).write_text("#!/bin/sh\n")
        (made / name).chmod(0o755)
    (made / "lib" / "libsomething.so.1").write_bytes(b"\x7fELF")
    (made / "lib" / "libsomething.so.1").chmod(0o755)
    (made / "lib" / "libsomething.so").symlink_to("libsomething.so.1")
    return made


def members(package: Path) -> dict[str, bytes]:
    """The parts of an ``ar`` archive."""
    data = package.read_bytes()
    assert data.startswith(b"!<arch>\n")
    found, place = {}, 8
    while place < len(data):
        head = data[place : place + 60].decode()
        assert head.endswith("`\n")
        size = int(head[48:58])
        found[head[:16].strip()] = data[place + 60 : place + 60 + size]
        place += 60 + size + size % 2
    return found


def written(folder: Path, path: Path) -> Path:
    tree = debian.tree(PACKAGED, folder, TIME)
    debian.write(path, PACKAGED, tree, ["libc6 (>= 2.34)", "libx11-6"], time=TIME)
    return path


def test_it_holds_the_folder_and_what_the_desktop_reads(folder: Path, tmp_path: Path) -> None:
    parts = members(written(folder, tmp_path / "p.deb"))
    assert list(parts) == ["debian-binary", "control.tar.xz", "data.tar.xz"]
    assert parts["debian-binary"] == b"2.0\n"
    with tarfile.open(fileobj=io.BytesIO(parts["data.tar.xz"])) as data:
        entries = {entry.name: entry for entry in data.getmembers()}
    assert entries[f"./{FOLDER}/{APP}"].mode == 0o755
    assert entries[f"./{FOLDER}/lib/libsomething.so.1"].mode == 0o644, "nobody runs a library"
    assert entries[f"./{FOLDER}/lib/libsomething.so"].linkname == "libsomething.so.1"
    assert entries[f"./usr/bin/{ENGINE}"].linkname == f"../lib/{APP}/{ENGINE}"
    assert entries["./usr/share/applications"].isdir()
    assert {(entry.uid, entry.gid, entry.uname) for entry in entries.values()} == {(0, 0, "root")}
    names = list(entries)
    assert all(
        names.index(str(Path(name).parent).join(["./", ""])) < number
        for number, name in enumerate(names)
        if name.count("/") > 1
    )


def test_every_file_has_its_sum(folder: Path, tmp_path: Path) -> None:
    parts = members(written(folder, tmp_path / "p.deb"))
    with tarfile.open(fileobj=io.BytesIO(parts["control.tar.xz"])) as control:
        sums = control.extractfile("./md5sums").read().decode()  # type: ignore[union-attr]
    with tarfile.open(fileobj=io.BytesIO(parts["data.tar.xz"])) as data:
        files = {
            entry.name[2:]: hashlib.md5(data.extractfile(entry).read()).hexdigest()  # type: ignore[union-attr]
            for entry in data.getmembers()
            if entry.isfile()
        }
    assert dict(reversed(line.split("  ", 1)) for line in sums.splitlines()) == files


def test_the_same_state_packs_to_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = written(folder, tmp_path / "a.deb").read_bytes()
    for path in folder.rglob("*"):
        path.touch()
    assert written(folder, tmp_path / "b.deb").read_bytes() == first


def test_debians_own_tool_reads_it(folder: Path, tmp_path: Path) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not there")
    package = written(folder, tmp_path / "p.deb")
    told = subprocess.run(
        ["dpkg-deb", "--field", package], capture_output=True, text=True, check=True
    ).stdout
    assert f"Package: {APP}\nVersion: {PACKAGED.version}\n" in told
    assert "Depends: libc6 (>= 2.34), libx11-6\n" in told
    out = tmp_path / "root"
    subprocess.run(["dpkg-deb", "--extract", package, out], check=True)
    assert (out / "usr" / "bin" / APP).read_text() == "#!/bin/sh\n", "the link leads somewhere"


def test_it_depends_on_what_the_libraries_are_packed_in() -> None:
    apt = MANAGERS[0].package_of
    needs = Needs(frozenset({"libX11.so.6", "libglib-2.0.so.0", "libgthread-2.0.so.0"}), (2, 34))
    assert debian.depends(needs, apt) == ["libc6 (>= 2.34)", "libglib2.0-0", "libx11-6", "tzdata"]


def test_its_size_is_what_it_takes_on_the_disk() -> None:
    assert Tree({"a": b"x" * 1025, "b": b"x"}).installed_kib == 3
