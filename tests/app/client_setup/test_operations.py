"""What setting clients up takes of pxbin and of the disk."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from pxbin_app.client_setup.operations import Known, SetupOperations
from pxbin_app.clients import CLIENTS, PREVIEW_KEY, FileChanged
from tests.support.client_stage import ClientStage, at_once

CODEX = CLIENTS[1]


@pytest.fixture
async def stage(tmp_path: Path, qapp: object) -> ClientStage:
    stage = ClientStage(tmp_path)
    await stage.add_models()
    return stage


@pytest.fixture
def operations(stage: ClientStage) -> SetupOperations:
    return SetupOperations(stage.bridge, setup=stage.setup, in_thread=at_once)


async def test_it_knows_what_can_be_used(stage: ClientStage, operations: SetupOperations) -> None:
    (gone, *_) = await stage.engine.models.list()
    await stage.engine.models.update(gone.id, is_active=False)
    kept = await stage.engine.keys.create("llm", "kept")
    revoked = await stage.engine.keys.create("llm", "revoked")
    await stage.engine.keys.revoke(revoked.record.id)
    await stage.engine.keys.create("management", "scripts")
    known = await operations.look()
    assert gone.name not in known.models
    assert known.models
    assert [key.name for key in known.keys] == ["kept"]
    assert known.record_of(kept.key) == known.keys[0]
    assert known.record_of(revoked.key) is None
    assert known.record_of("") is None
    assert set(known.statuses) == {client.name for client in CLIENTS}


async def test_a_key_of_the_file_that_pxbin_knows_is_kept(
    stage: ClientStage, operations: SetupOperations
) -> None:
    known = await operations.look()
    models = {"main": "glm-4.6"}
    plan = await operations.plan(CODEX, models, known)
    assert plan.connection.key == PREVIEW_KEY
    await operations.apply(plan, known)
    known = await operations.look()
    (key,) = known.keys
    status = known.statuses[CODEX.name]
    assert status.key_id == key.id
    assert known.record_of(status.pointing.key) == key
    again = await operations.plan(CODEX, {"main": "glm-4.6-air"}, known)
    assert again.connection.key == status.pointing.key
    lost = Known(known.statuses, known.models, (replace(key, key_hash="another"),))
    assert (await operations.plan(CODEX, models, lost)).connection.key == PREVIEW_KEY


async def test_a_pxbin_at_every_interface_is_reached_at_this_machine(
    stage: ClientStage, operations: SetupOperations
) -> None:
    stage.engine.address = "0.0.0.0:8080"
    plan = await operations.plan(CODEX, {"main": "glm-4.6"}, await operations.look())
    assert plan.connection.base_url == "http://127.0.0.1:8080"


async def test_no_key_is_left_where_nothing_was_written(
    stage: ClientStage, operations: SetupOperations
) -> None:
    known = await operations.look()
    plan = await operations.plan(CODEX, {"main": "glm-4.6"}, known)
    stage.write(".codex/config.toml", "# new\n")
    with pytest.raises(FileChanged):
        await operations.apply(plan, known)
    assert not any(key.is_active for key in await stage.engine.keys.list("llm"))
