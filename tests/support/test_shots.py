"""The pictures' palette: every colour of a small picture stays, a big one changes too little to be seen."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

from pxbin_app.page_list import PAGES
from tests.support import screens, shots
from tests.support.state_scenes import STATE_SCENES


def a_picture(*colours: str) -> QImage:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(colours[0]))
    for place, colour in enumerate(colours):
        image.setPixelColor(place, 0, QColor(colour))
    return image


def test_few_colours_stay_as_they_are() -> None:
    image = a_picture("#101217", "#6a9bff", "#ec6a72")
    found = shots.indexed(image)
    assert found.format() == QImage.Format.Format_Indexed8
    assert [found.pixelColor(place, 0).name() for place in range(4)] == [
        "#101217", "#6a9bff", "#ec6a72", "#101217",
    ]  # fmt: skip


def test_many_colours_change_too_little_to_be_seen() -> None:
    image = QImage(400, 200, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    gradient = QLinearGradient(0, 0, 400, 200)
    gradient.setColorAt(0, QColor("#101217"))
    gradient.setColorAt(0.5, QColor("#6a9bff"))
    gradient.setColorAt(1, QColor("#ffffff"))
    painter.fillRect(image.rect(), gradient)
    painter.end()
    before = np.frombuffer(image.constBits(), np.uint8).reshape(200, 400, 4)[:, :, :3]
    back = shots.indexed(image).convertToFormat(QImage.Format.Format_RGB32)
    after = np.frombuffer(back.constBits(), np.uint8).reshape(200, 400, 4)[:, :, :3]
    assert len(np.unique(after.reshape(-1, 3), axis=0)) <= 256
    assert np.abs(before.astype(int) - after.astype(int)).max() <= 8


def test_a_picture_is_shrunk_once(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    a_picture("#101217").save(str(path))
    size = shots.shrink(path)
    written = path.read_bytes()
    assert shots.shrink(path) == size == len(written)
    assert path.read_bytes() == written


@pytest.mark.parametrize("state", ["no-database", "loading", "smallest", "long-names"])
def test_every_page_has_its_picture_of_every_state(state: str) -> None:
    assert {f"{page.name}-{state}" for page in PAGES} <= STATE_SCENES.keys()


def test_no_picture_is_written_over_by_another_scene() -> None:
    tables = (screens.SCENES, screens.EMPTY_SCENES, STATE_SCENES)
    names = [name for table in tables for name in table]
    assert sorted(set(names)) == sorted(names)


def test_the_scenes_of_the_documents_are_taken_from_their_pictures() -> None:
    documented = set(shots.documented())
    assert {"dashboard", "logs", "costs"} <= documented <= screens.SCENES.keys()
    assert set(shots.documented(shots.DOCUMENTS / "de")) <= screens.SCENES.keys()
