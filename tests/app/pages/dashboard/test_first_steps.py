"""The first steps: ticked off as they are done, one primary button at a time."""

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from pxbin_app.pages.dashboard.figures import Setup
from pxbin_app.pages.dashboard.first_steps import FirstSteps
from pxbin_app.snippets import KEY

URL = "http://127.0.0.1:8080"


@pytest.fixture
def card(qtbot: QtBot) -> FirstSteps:
    card = FirstSteps()
    qtbot.addWidget(card)
    card.show()
    return card


@pytest.mark.parametrize(
    ("setup", "done", "following"),
    [
        (Setup(), [], ["upstreams"]),
        (Setup(upstreams=1), ["upstreams"], ["models"]),
        (Setup(upstreams=1, models=("gpt-5", "gpt-5-mini")), ["upstreams", "models"], ["clients"]),
        (Setup(keys=1), ["clients"], ["upstreams"]),
        (
            Setup(upstreams=1, models=("gpt-5", "gpt-5-mini"), keys=1),
            ["upstreams", "models", "clients"],
            [],
        ),
    ],
)
def test_steps(card: FirstSteps, setup: Setup, done: list[str], following: list[str]) -> None:
    card.show_setup(setup, URL)
    steps = card.steps.items()
    assert [name for name, step in steps if step.accessibleName().endswith("done")] == done
    assert [name for name, step in steps if step.primary.isVisible()] == following
    assert all(step.primary.isVisible() != step.plain.isVisible() for _, step in steps)


def test_buttons_lead_to_the_pages(card: FirstSteps) -> None:
    wanted: list[str] = []
    card.page_wanted.connect(wanted.append)
    card.show_setup(Setup(), URL)
    card.steps["upstreams"].primary.click()
    card.steps["models"].plain.click()
    card.steps["clients"].plain.click()
    assert wanted == ["upstreams", "models", "clients"]


def test_the_command_is_copied_whole(card: FirstSteps) -> None:
    card.show_setup(Setup(), URL)
    card.copy.click()
    assert QGuiApplication.clipboard().text() == card.command.text()
    assert URL in card.command.text()


def test_the_command_names_the_models_that_there_are(card: FirstSteps) -> None:
    """Without them Claude Code asks for models that nobody routes."""
    card.show_setup(Setup(upstreams=1, models=("gpt-5", "gpt-5-mini")), URL)
    text = card.command.text()
    assert "ANTHROPIC_MODEL=gpt-5 " in text
    assert "ANTHROPIC_DEFAULT_HAIKU_MODEL=gpt-5-mini " in text
    assert KEY in text


def test_all_of_it_can_be_done_step_by_step(qtbot: QtBot, card: FirstSteps) -> None:
    with qtbot.waitSignal(card.set_up_wanted):
        card.set_up.click()
