"""The filter offers the models and the keys that clients use, by name."""

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.offered import OfferedChoices
from pxbin_engine.errors import DatabaseUnavailable
from tests.support.fake_engine import FakeEngine, bridge_to, settled


async def test_what_is_offered(qtbot: QtBot) -> None:
    engine, parent = FakeEngine(), QObject()
    upstream = await engine.upstreams.create(
        name="Z", base_url="http://127.0.0.1:9", format="openai"
    )
    for name in ("glm-4.6", "deepseek"):
        await engine.models.create(name=name, upstream_id=upstream.id)
    laptop = (await engine.keys.create("llm", "laptop")).record
    await engine.keys.create("llm", "CI")
    await engine.keys.create("management", "grafana")
    offered = OfferedChoices(bridge_to(engine), parent)
    with qtbot.waitSignal(offered.changed, timeout=5000):
        offered.read()
        await settled()
    assert offered.models == [("deepseek", "deepseek"), ("glm-4.6", "glm-4.6")]
    assert [name for _, name in offered.keys] == ["CI", "laptop"]
    assert offered.key_name(str(laptop.id)) == "laptop"
    assert offered.key_name("") is None


async def test_what_cannot_be_read_is_said(qtbot: QtBot) -> None:
    engine, parent, said = FakeEngine(), QObject(), []
    engine.failure = DatabaseUnavailable("The database does not answer.")
    offered = OfferedChoices(bridge_to(engine), parent)
    offered.failed.connect(said.append)
    offered.read()
    await settled()
    assert said == ["The database does not answer."]
    engine.state = "stopped"
    offered.read()
    await settled()
    assert len(said) == 1
