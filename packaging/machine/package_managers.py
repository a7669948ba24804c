"""How each family of distributions is asked for a shared library or a program: data, and no action."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class PackageManager:
    """How one family of distributions is asked for packages."""

    program: str
    steps: tuple[tuple[str, ...], ...]
    """The commands, of which the last one takes the packages."""
    package_of: Callable[[str], str]
    """The package that holds a shared library; dnf and zypper take the library itself."""
    test_tools: dict[str, str]
    """Package by program that some tests need."""


# Debian 12's names; Debian 13 and Ubuntu 24.04 answer to them too (their t64 packages provide them)
_APT = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libbrotlidec.so.1": "libbrotli1",
    "libbrotlicommon.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libgcc_s.so.1": "libgcc-s1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
_PACMAN = {
    "libEGL.so.1": "libglvnd",
    "libGL.so.1": "libglvnd",
    "libX11-xcb.so.1": "libx11",
    "libX11.so.6": "libx11",
    "libbrotlicommon.so.1": "brotli",
    "libbrotlidec.so.1": "brotli",
    "libdbus-1.so.3": "dbus",
    "libfontconfig.so.1": "fontconfig",
    "libfreetype.so.6": "freetype2",
    "libglib-2.0.so.0": "glib2",
    "libgssapi_krb5.so.2": "krb5",
    "libgthread-2.0.so.0": "glib2",
    "libwayland-client.so.0": "wayland",
    "libwayland-cursor.so.0": "wayland",
    "libwayland-egl.so.1": "wayland",
    "libxcb-cursor.so.0": "xcb-util-cursor",
    "libxcb-icccm.so.4": "xcb-util-wm",
    "libxcb-image.so.0": "xcb-util-image",
    "libxcb-keysyms.so.1": "xcb-util-keysyms",
    "libxcb-render-util.so.0": "xcb-util-renderutil",
    "libxcb-util.so.1": "xcb-util",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11",
    "libxkbcommon.so.0": "libxkbcommon",
}


def _capability(library: str) -> str:
    return f"{library}()(64bit)"


def _pacman_package(library: str) -> str:
    return _PACMAN.get(library, "libxcb" if library.startswith("libxcb") else library)


MANAGERS = (
    PackageManager(
        "apt-get",
        (
            ("apt-get", "update", "-qq"),
            ("apt-get", "install", "-y", "-qq", "--no-install-recommends"),
        ),
        lambda library: _APT.get(library, library),
        {
            "Xvfb": "xvfb",
            "xauth": "xauth",
            "dbus-run-session": "dbus",
            "gnome-keyring-daemon": "gnome-keyring",
            "openbox": "openbox",
            "xdotool": "xdotool",
            "xprop": "x11-utils",
            "libgomp.so.1": "libgomp1",
        },
    ),
    PackageManager(
        "dnf",
        (("dnf", "install", "-y", "-q"),),
        _capability,
        {
            "Xvfb": "xorg-x11-server-Xvfb",
            "xauth": "xauth",
            "dbus-run-session": "dbus-daemon",
            "gnome-keyring-daemon": "gnome-keyring",
            "openbox": "openbox",
            "xdotool": "xdotool",
            "xprop": "xprop",
            "libgomp.so.1": "libgomp",
        },
    ),
    PackageManager(
        "zypper",
        (("zypper", "--non-interactive", "install", "--no-recommends", "--capability"),),
        _capability,
        {
            "Xvfb": "xorg-x11-server-Xvfb",
            "xauth": "xauth",
            "dbus-run-session": "dbus-1",
            "gnome-keyring-daemon": "gnome-keyring",
            "openbox": "openbox",
            "xdotool": "xdotool",
            "xprop": "xprop",
            "libgomp.so.1": "libgomp1",
        },
    ),
    PackageManager(
        "pacman",
        (("pacman", "-Sy", "--noconfirm", "--needed"),),
        _pacman_package,
        {
            "Xvfb": "xorg-server-xvfb",
            "xauth": "xorg-xauth",
            "dbus-run-session": "dbus",
            "gnome-keyring-daemon": "gnome-keyring",
            "openbox": "openbox",
            "xdotool": "xdotool",
            "xprop": "xorg-xprop",
            "libgomp.so.1": "gcc-libs",
        },
    ),
)
