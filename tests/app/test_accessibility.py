"""Every page, dialog and overlay by keyboard and screen reader: names, the order of Tab, and a ring that is seen.

What is walked are the scenes that the pictures are taken of, so that a page or dialog that is added there is walked here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from pxbin_app.event_loop import new_event_loop
from pxbin_app.theme import current
from pxbin_app.widgets.overlay import Overlay
from pxbin_engine.tasks import running
from tests.support import screens

ROW = 12
"""Pixels by which things of one row may differ."""

MOST_WAIT = 0.2
"""Seconds."""

Scene = Callable[[Any], Awaitable[None]]
real_sleep = asyncio.sleep


def top_of(stage: Any) -> QWidget:
    """What the person has to do with now: a dialog, an overlay, else the page."""
    dialogs = [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog)]
    shown: list[QWidget] = [one for one in dialogs if one.isVisible()]
    shown += [one for one in stage.window.findChildren(Overlay) if one.is_open]
    return shown[-1] if shown else stage.window.centralWidget()


def controls_of(root: QWidget) -> list[QWidget]:
    """What Tab reaches within ``root``, one press after another, until it is round."""
    found: list[QWidget] = []
    while True:
        QTest.keyClick(QApplication.focusWidget() or root, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None or now in found:
            return found
        found.append(now)


def spoken(widget: QWidget) -> str:
    """What a screen reader says of a control."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return "" if interface is None else interface.text(QAccessible.Text.Name).strip()


def place(widget: QWidget, root: QWidget) -> QRect:
    return QRect(widget.mapTo(root, QPoint(0, 0)), widget.size())


def is_backwards(first: QRect, then: QRect) -> bool:
    """Whether the eye has to go back: up within a column, or left within a row."""
    same_row = abs(first.center().y() - then.center().y()) <= ROW
    if same_row:
        return then.right() < first.left()
    return then.bottom() < first.top() and then.left() <= first.right()


def described(widget: QWidget) -> str:
    return f"{type(widget).__name__} {spoken(widget)!r}"


def has_ring(widget: QWidget) -> bool:
    """Whether it looks otherwise while it has the focus."""
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    focused = widget.grab().toImage()
    widget.clearFocus()
    return bool(focused != widget.grab().toImage())


def kind_of(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.property('kind') or ''}".strip()


def faults_of(root: QWidget, looked_at: set[str]) -> Iterator[str]:
    """What is wrong with the controls within ``root``; of each kind one is looked at."""
    controls = controls_of(root)
    for one in controls:
        if kind_of(one) not in looked_at:
            looked_at.add(kind_of(one))
            if not has_ring(one):
                yield f"no ring: {kind_of(one)}"
    for one in controls:
        if not spoken(one):
            yield f"no name: {type(one).__name__} {one.objectName()} in {type(one.parent()).__name__}"
    rounds = [
        f"Tab goes back: {described(one)} -> {described(following)}"
        for one, following in zip(controls, [*controls[1:], *controls[:1]], strict=True)
        if is_backwards(place(one, root), place(following, root))
    ]
    if len(rounds) > 1:  # once it must, from the last to the first
        yield from rounds
    if root.accessibleName() == "" and isinstance(root, QDialog) and not root.windowTitle():
        yield "the dialog has no name"


async def brief_sleep(seconds: float) -> None:
    """Scenes wait until a picture can be taken; what is read here is there sooner."""
    await real_sleep(min(seconds / 3, MOST_WAIT))


async def walk(scenes: dict[str, Scene], *, full: bool) -> list[str]:
    """Play the scenes one after another; all that is wrong, by scene."""
    stage = screens.Stage()
    if full:
        await screens.populate(stage.engine)
    stage.window.resize(1280, 800)
    stage.window.show_page("upstreams")
    stage.window.show()
    found, looked_at = [], set[str]()
    for name, scene in scenes.items():
        stage.window.show_page("upstreams")  # so that each page reads anew
        await scene(stage)
        await brief_sleep(0.1)
        found += [f"{name}: {fault}" for fault in faults_of(top_of(stage), looked_at)]
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog):
                widget.done(0)
        await brief_sleep(0)
    stage.window.close_for_good()
    return found


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[None]:
    before = current().mode
    current().set_mode("dark")
    current().apply(qapp)
    yield
    qapp.setStyleSheet("")
    current().set_mode(before)


async def walk_all() -> list[str]:
    found = await walk(screens.SCENES, full=True)
    found += await walk(screens.EMPTY_SCENES, full=False)
    while left := running():  # what was begun ends before its loop does
        await asyncio.wait(left, timeout=1)
    return found


@pytest.mark.usefixtures("dressed")
def test_every_control_has_a_name_and_tab_follows_the_eye(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(asyncio, "sleep", brief_sleep)
    loop = new_event_loop(qapp)
    found = loop.run_until_complete(walk_all())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    assert not found, "\n".join(sorted(set(found)))
