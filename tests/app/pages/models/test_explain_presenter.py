"""Where a request would go, asked as one types."""

from uuid import UUID

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pxbin_app.pages.models.explain_presenter import ExplainPresenter, Question, verdict
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import UpstreamHealthChanged
from pxbin_engine.records import ExplainedTarget, Explanation, TargetState
from tests.support.fake_engine import FakeEngine, bridge_to, settled


def target(name: str, state: TargetState = "ready") -> ExplainedTarget:
    return ExplainedTarget(
        upstream_id=UUID(int=1), upstream_name=name, upstream_model="glm-4.6", priority=0, weight=1, state=state,
        reason="",
    )  # fmt: skip


ANSWER = Explanation(asked_model="opus", model="glm-4.6", targets=(target("Z.ai"),))


class Asking:
    """A presenter whose dialog is open."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.engine.explanation = ANSWER
        self.bridge = bridge_to(self.engine)
        self.presenter = ExplainPresenter(self.bridge)

    async def answered(self) -> Explanation | None:
        """Let the pause in the typing pass."""
        if self.presenter._pause.isActive():
            self.presenter._pause.stop()
            self.presenter._pause.timeout.emit()
        await settled()
        return self.presenter.explanation


@pytest.fixture
async def asking(qapp: QApplication) -> Asking:
    result = Asking()
    await result.engine.keys.create("llm", "laptop")
    result.presenter.start()
    await settled()
    return result


async def test_a_question_is_asked_once_the_typing_pauses(asking: Asking, qtbot: QtBot) -> None:
    for typed in ("o", "op", "opus"):
        asking.presenter.set_question(Question(model=typed, client="Codex", format="openai"))
    assert asking.engine.explained == []
    assert await asking.answered() == ANSWER
    assert asking.engine.explained == [
        {"model": "opus", "key_id": None, "client": "Codex", "format": "openai"}
    ]
    assert [key.name for key in asking.presenter.keys] == ["laptop"]


async def test_without_a_name_nothing_is_asked(asking: Asking) -> None:
    asking.presenter.set_question(Question(model="opus"))
    await asking.answered()
    asking.presenter.set_question(Question(model=""))
    assert await asking.answered() is None
    assert len(asking.engine.explained) == 1


async def test_an_answer_to_what_is_no_longer_asked_is_dropped(asking: Asking) -> None:
    asking.presenter.set_question(Question(model="opus"))
    asking.presenter._pause.timeout.emit()
    asking.presenter.set_question(Question(model="sonnet"))
    asking.presenter._pause.stop()
    await settled()
    assert asking.presenter.explanation is None


async def test_it_is_asked_anew_when_upstreams_or_configuration_change(asking: Asking) -> None:
    asking.presenter.set_question(Question(model="opus"))
    await asking.answered()
    asking.engine.events.publish(
        UpstreamHealthChanged(
            upstream_id=UUID(int=1), upstream_name="Z.ai", state="open", reason="503"
        )
    )
    await asking.answered()
    assert len(asking.engine.explained) == 2
    await asking.engine.keys.create("llm", "desk")
    await settled()
    await asking.answered()
    assert len(asking.engine.explained) == 3
    assert len(asking.presenter.keys) == 2


async def test_once_closed_nothing_is_asked(asking: Asking) -> None:
    asking.presenter.set_question(Question(model="opus"))
    asking.presenter.stop()
    await asking.engine.keys.create("llm", "desk")
    assert await asking.answered() is None
    assert asking.engine.explained == []


async def test_a_failure_is_told_and_mended_by_the_next_answer(asking: Asking) -> None:
    asking.engine.failure = DatabaseUnavailable("The database is away.")
    asking.presenter.set_question(Question(model="opus"))
    assert await asking.answered() is None
    assert asking.presenter.error == "The database is away."
    asking.engine.failure = None
    asking.presenter.set_question(Question(model="opus", client="Codex"))
    assert await asking.answered() == ANSWER
    assert asking.presenter.error == ""


@pytest.mark.parametrize(
    ("explanation", "said", "tone"),
    [
        (ANSWER, "It goes to Z.ai as glm-4.6.", "ok"),
        (
            Explanation(
                asked_model="a", model="b", targets=(target("Z.ai", "resting"), target("Ollama"))
            ),
            "It goes to Ollama as glm-4.6.",
            "warn",
        ),
        (
            Explanation(asked_model="a", model="b", targets=(target("Z.ai", "circuit_open"),)),
            "None of its targets can be tried now.",
            "err",
        ),
        (
            Explanation(asked_model="a", model="b", refusal="The key has expired."),
            "The key has expired.",
            "err",
        ),
        (Explanation(asked_model="a", model=None), "There is no model for the name a.", "err"),
    ],
)
def test_the_answer_in_a_sentence(explanation: Explanation, said: str, tone: str) -> None:
    assert verdict(explanation) == (said, tone)
