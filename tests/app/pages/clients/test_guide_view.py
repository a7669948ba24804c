"""A client that is set up by hand."""

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.clients.guides import GUIDES
from pxbin_app.pages.clients.guide_view import GuideView
from pxbin_app.snippets import KEY, Access


@pytest.fixture
def view(qtbot: QtBot) -> GuideView:
    view = GuideView()
    qtbot.addWidget(view)
    view.show()
    return view


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_its_steps_are_numbered_and_copied_one_by_one(view: GuideView, guide: object) -> None:
    access = Access("pxb_key", "http://127.0.0.1:8080", ["glm-4.6"])
    view.show_guide(guide, access)  # type: ignore[arg-type]
    told = [step.step for step in view.steps]
    assert told == list(guide.steps(access))  # type: ignore[attr-defined]
    assert [hasattr(step, "copy") for step in view.steps] == [bool(step.snippet) for step in told]
    assert view.note.text()


def test_a_key_is_offered_until_there_is_one(view: GuideView, qtbot: QtBot) -> None:
    view.show_guide(GUIDES[0], Access(KEY, "http://127.0.0.1:8080", []))
    assert KEY in view.key_note.text()
    with qtbot.waitSignal(view.key_wanted):
        view.make_key.click()
    view.show_guide(GUIDES[0], Access("pxb_key", "http://127.0.0.1:8080", []))
    assert view.make_key.isHidden()
    assert "only now" in view.key_note.text()
