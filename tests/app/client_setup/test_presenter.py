"""Setting clients up: keys, models, plans, tests, undo."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.client_setup.presenter import NO_MODEL, NOT_RUNNING
from pxbin_app.client_setup.probe import Probed
from pxbin_app.clients import PREVIEW_KEY, Undone
from pxbin_engine.errors import DatabaseUnavailable
from tests.support.client_stage import ClientStage
from tests.support.fake_engine import FakeEngine, settled

CODEX_CONFIG = 'model = "gpt-5" # mine\n'


@pytest.fixture
async def stage(tmp_path: Path, qtbot: QtBot) -> ClientStage:
    stage = ClientStage(tmp_path)
    await stage.add_models()
    return stage


async def shown(stage: ClientStage, client: str = "codex") -> None:
    stage.presenter.start()
    await settled()
    stage.presenter.choose(client)
    await settled()


async def applied(stage: ClientStage, client: str = "codex", *, then_test: bool = False) -> None:
    await shown(stage, client)
    stage.presenter.apply(then_test=then_test)
    await settled()


async def key_names(stage: ClientStage) -> list[tuple[str, bool]]:
    return [(key.name, key.is_active) for key in await stage.engine.keys.list("llm")]


async def test_what_would_change_is_shown_and_nothing_is_done(stage: ClientStage) -> None:
    path = stage.write(".codex/config.toml", CODEX_CONFIG)
    await shown(stage)
    presenter = stage.presenter
    assert presenter.plan is not None
    assert presenter.can_apply
    assert not presenter.can_test
    assert presenter.choices == {"main": "glm-4.6"}
    assert presenter.plan.connection.key == PREVIEW_KEY
    assert await key_names(stage) == []
    assert path.read_text() == CODEX_CONFIG


async def test_the_first_client_that_is_here_and_not_set_up_is_chosen(stage: ClientStage) -> None:
    stage.write(".config/opencode/opencode.json", "{}")
    stage.presenter.start()
    await settled()
    assert stage.presenter.chosen.name == "opencode"


async def test_apply_makes_a_key_named_after_the_client(stage: ClientStage) -> None:
    path = stage.write(".codex/config.toml", CODEX_CONFIG)
    await applied(stage)
    assert await key_names(stage) == [("Codex CLI", True)]
    assert 'experimental_bearer_token = "pxb_' in path.read_text()
    presenter = stage.presenter
    assert presenter.status is not None
    assert presenter.status.state == "connected"
    assert presenter.plan is not None
    assert presenter.plan.already_ours
    assert not presenter.can_apply
    assert presenter.can_test
    assert stage.said == [("Codex CLI points at pxbin", "ok")]


async def test_a_second_apply_keeps_the_key(stage: ClientStage) -> None:
    await applied(stage, "claude-code")
    stage.presenter.choose_model("opus", "glm-4.6-air")
    await settled()
    stage.presenter.apply()
    await settled()
    assert await key_names(stage) == [("Claude Code", True)]
    assert (
        dict(stage.setup.status(stage.presenter.chosen, stage.engine.base_url).models)["opus"]
        == "glm-4.6-air"
    )


async def test_a_revoked_key_is_replaced(stage: ClientStage) -> None:
    await applied(stage)
    (record,) = await stage.engine.keys.list("llm")
    await stage.engine.keys.revoke(record.id)
    await settled()
    assert stage.presenter.can_apply, "the page heard of it"
    stage.presenter.apply()
    await settled()
    assert sorted(await key_names(stage)) == [("Codex CLI", False), ("Codex CLI", True)]
    assert stage.presenter.plan is not None
    assert stage.presenter.plan.already_ours


async def test_where_the_file_cannot_be_written_the_key_goes_again(stage: ClientStage) -> None:
    path = stage.write(".codex/config.toml", CODEX_CONFIG)
    await shown(stage)
    path.write_text("# somebody else was here\n")
    stage.presenter.apply()
    await settled()
    assert await key_names(stage) == [("Codex CLI", False)]
    assert "was changed by another program" in stage.said[0][0]
    assert path.read_text() == "# somebody else was here\n"
    assert stage.presenter.plan is not None
    assert stage.presenter.plan.files[0].before == b"# somebody else was here\n", "planned anew"


async def test_apply_and_test_asks_by_what_the_file_says(stage: ClientStage) -> None:
    await applied(stage, "claude-code", then_test=True)
    ((client, connection),) = stage.probed
    assert client == "claude-code"
    text = (stage.home / ".claude/settings.json").read_text()
    assert f'"ANTHROPIC_AUTH_TOKEN": "{connection.key}"' in text
    assert connection.models == {
        "main": "glm-4.6", "opus": "glm-4.6", "sonnet": "glm-4.6", "haiku": "glm-4.6-air",
    }  # fmt: skip
    assert stage.presenter.result == stage.result
    assert not stage.presenter.testing


async def test_a_test_that_fails_is_shown(stage: ClientStage) -> None:
    await applied(stage)
    stage.result = Probed(problem="No answer came.", advice="Look.")
    stage.presenter.test()
    assert stage.presenter.testing
    await settled()
    assert stage.presenter.result == stage.result


async def test_a_result_is_not_shown_for_another_client(stage: ClientStage) -> None:
    await applied(stage)
    stage.presenter.test()
    stage.presenter.choose("opencode")
    await settled()
    assert stage.presenter.result is None
    assert not stage.presenter.testing


async def test_undo_offers_to_revoke_the_key(stage: ClientStage) -> None:
    path = stage.write(".codex/config.toml", CODEX_CONFIG)
    await applied(stage)
    offered: list[Undone] = []
    stage.presenter.undone.connect(offered.append)
    stage.presenter.undo()
    await settled()
    assert path.read_text() == CODEX_CONFIG
    assert stage.said[-1] == ("Codex CLI is as it was before pxbin", "ok")
    key = stage.presenter.key_of(offered[0])
    assert key is not None
    stage.presenter.revoke(key.id)
    await settled()
    assert await key_names(stage) == [("Codex CLI", False)]
    assert stage.presenter.key_of(offered[0]) is None


async def test_what_undo_left_is_told(stage: ClientStage) -> None:
    await applied(stage)
    path = stage.home / ".codex/config.toml"
    path.write_text(path.read_text().replace('model = "glm-4.6"', 'model = "mine"'))
    stage.presenter.undo()
    await settled()
    assert stage.said[-1][0] == "Codex CLI is as it was, but for what you changed since: model"
    stage.presenter.undo()
    await settled()
    assert stage.said[-1][1] == "err"


async def test_a_file_that_cannot_be_read_is_told(stage: ClientStage) -> None:
    stage.write(".codex/config.toml", "a = = 1")
    await shown(stage)
    assert stage.presenter.plan is None
    assert "config.toml, line 1, column 5" in stage.presenter.error


async def test_models_that_pxbin_has_no_more_are_replaced(stage: ClientStage) -> None:
    await applied(stage)
    (model,) = [one for one in await stage.engine.models.list() if one.name == "glm-4.6"]
    await stage.engine.models.delete(model.id)
    await settled()
    assert stage.presenter.choices == {"main": "glm-4.6-air"}
    assert stage.presenter.can_apply


async def test_without_a_model_there_is_nothing_to_choose(tmp_path: Path, qtbot: QtBot) -> None:
    stage = ClientStage(tmp_path)
    stage.presenter.start()
    await settled()
    assert (stage.presenter.error, stage.presenter.plan) == (NO_MODEL, None)


async def test_it_waits_for_pxbin(tmp_path: Path, qtbot: QtBot) -> None:
    stage = ClientStage(tmp_path, FakeEngine(state="starting"))
    await stage.add_models()
    stage.presenter.start()
    await settled()
    assert (stage.presenter.error, stage.presenter.plan) == ("", None)
    stage.engine.enter("failed", "no")
    await settled()
    assert stage.presenter.error == NOT_RUNNING
    stage.engine.enter("running")
    await settled()
    assert stage.presenter.plan is not None


async def test_a_database_that_is_away_is_told(stage: ClientStage) -> None:
    stage.engine.failure = DatabaseUnavailable("The database is away.")
    stage.presenter.start()
    await settled()
    assert stage.presenter.error == "The database is away."
    stage.engine.failure = None
    stage.presenter.reload()
    await settled()
    assert stage.presenter.error == ""


async def test_out_of_view_it_hears_nothing(stage: ClientStage) -> None:
    await shown(stage)
    stage.presenter.stop()
    calls = stage.engine.store_calls
    stage.engine.enter("paused")
    stage.engine.enter("running")
    await settled()
    assert stage.engine.store_calls == calls


async def test_the_version_is_asked_once(
    stage: ClientStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def version_of(program: Path) -> str:
        asked.append(program)
        return "2.1.330"

    monkeypatch.setattr("pxbin_app.client_setup.operations.version_of", version_of)
    program = stage.write(".local/bin/codex", "#!/bin/sh\n")
    program.chmod(0o755)
    await shown(stage)
    stage.presenter.reload()
    await settled()
    assert stage.presenter.version == "2.1.330"
    assert asked == [program]
