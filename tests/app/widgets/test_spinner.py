"""A spinner turns while it is seen, and only then."""

from pytestqt.qtbot import QtBot

from pxbin_app.widgets.spinner import Spinner


def test_it_turns_only_while_it_is_seen(qtbot: QtBot) -> None:
    spinner = Spinner("Asking Z.ai")
    qtbot.addWidget(spinner)
    assert not spinner.turning
    spinner.show()
    assert spinner.turning
    before = spinner.grab().toImage()
    qtbot.waitUntil(lambda: spinner.grab().toImage() != before)
    spinner.hide()
    assert not spinner.turning
    assert spinner.accessibleName() == "Asking Z.ai"
