"""Takes all pictures of ``tests.support.screens`` at 1x and 2x: ``make shots``, or ``make shots ARGS="SCENE ..."``.

A virtual screen is started where Xvfb is there. The pictures get a palette of 256 colours, which is a quarter of their
size and not to be seen. ``--docs`` takes those that the documents show. ``--language`` takes them in another language, into a
folder of its own there.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from pxbin_app.language import LANGUAGES, SOURCE
from tests.support.virtual_screen import is_there, virtual_screen

ROOT = Path(__file__).parents[2]
SIZE = (1280, 800)
DOCUMENTS = ROOT / "docs" / "images"


def main(arguments: Sequence[str] | None = None) -> int:
    """Take them; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, prog="shots")
    parser.add_argument("scenes", nargs="*", help="only these")
    parser.add_argument("--to", type=Path, default=ROOT / ".cache" / "shots", metavar="FOLDER")
    parser.add_argument("--docs", action="store_true", help="renew the pictures in docs/images")
    parser.add_argument("--scale", type=int, choices=(1, 2), action="append")
    parser.add_argument("--language", choices=LANGUAGES, default=SOURCE)
    given = parser.parse_args(arguments)
    if not is_there():
        sys.stderr.write("shots: there is no Xvfb here, which the pictures are taken on\n")
        return 1
    folder = DOCUMENTS if given.docs else given.to
    if given.language != SOURCE:
        folder /= given.language
    scenes = given.scenes or (documented(folder) if given.docs else [])
    folder.mkdir(parents=True, exist_ok=True)
    scales = given.scale or ((1,) if given.docs else (1, 2))
    failed = max([take(folder, scenes, scale, given.language) for scale in scales])
    if given.docs:
        for picture in folder.glob("*-1x.png"):
            picture.replace(picture.with_name(picture.name.replace("-1x", "")))
    total = sum(shrink(picture) for picture in sorted(folder.glob("*.png")))
    sys.stdout.write(
        f"{len(list(folder.glob('*.png')))} pictures, {total / 1e6:.1f} MB: {folder}\n"
    )
    return failed


def documented(folder: Path = DOCUMENTS) -> list[str]:
    """The scenes whose pictures docs/images, or a folder of it, has."""
    return sorted({path.stem.rsplit("-", 1)[0] for path in folder.glob("*.png")})


def take(folder: Path, scenes: Sequence[str], scale: int, language: str = SOURCE) -> int:
    """Play the scenes on a screen of that many pixels; 1 where one of them failed."""
    width, height = (side * scale for side in SIZE)
    with virtual_screen(f"{width}x{height}x24") as display:
        environment = os.environ | {
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": str(scale),
        }
        module = "tests.support.screens_in"
        command = [sys.executable, "-m", module, language, str(folder), *scenes]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def shrink(picture: Path) -> int:
    """Give a picture a palette; returns its size in bytes."""
    image = QImage(str(picture))
    if image.format() != QImage.Format.Format_Indexed8:
        indexed(image).save(str(picture), quality=0)  # b"PNG": 0 packs best
    return picture.stat().st_size


def indexed(image: QImage) -> QImage:
    """The picture in the 256 colours that are nearest to all of its own."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    width, height = image.width(), image.height()
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(height, width) & 0xFFFFFF
    colours, where, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    chosen, nearest = palette(colours, counts)
    target = QImage(width, height, QImage.Format.Format_Indexed8)
    target.setColorTable([int(colour) | 0xFF000000 for colour in chosen])
    lines = np.frombuffer(target.bits(), np.uint8).reshape(height, target.bytesPerLine())
    lines[:, :width] = nearest[where].reshape(height, width)
    return target


def palette(colours: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most 256 of these colours, and for each colour the place of the nearest one.

    The most frequent ones first; those too near to one that is chosen leave their place to others.
    """
    order = np.argsort(-counts, kind="stable")
    parts = np.stack([(colours >> shift) & 255 for shift in (16, 8, 0)], axis=1).astype(np.int32)
    distance = np.full(len(colours), np.iinfo(np.int32).max, np.int32)
    nearest = np.zeros(len(colours), np.uint8)
    chosen: list[int] = []
    for reach in (64, 24, 8, 0):
        for place in order:
            if len(chosen) == 256:
                break
            if distance[place] > reach:
                apart = ((parts - parts[place]) ** 2).sum(axis=1, dtype=np.int32)
                nearer = apart < distance
                distance[nearer] = apart[nearer]
                nearest[nearer] = len(chosen)
                chosen.append(int(place))
    return colours[chosen], nearest


if __name__ == "__main__":
    sys.exit(main())
