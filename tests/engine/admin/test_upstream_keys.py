"""The keys of an upstream, by the use cases of upstreams."""

from typing import Any
from uuid import uuid4

import pytest

from pxbin_engine.admin import upstream_keys
from pxbin_engine.errors import Conflict, InvalidInput, NotFound, SecretStoreUnavailable
from pxbin_engine.records import UpstreamRecord
from tests.support.control_plane import ControlPlane


@pytest.fixture
async def upstream(control: ControlPlane) -> UpstreamRecord:
    """With the keys ``""``, ``b`` and ``c``."""
    record = await control.an_upstream(api_key="sk-a")
    await control.upstreams.add_key(record.id, "sk-b", label="b")
    record = await control.upstreams.add_key(record.id, "sk-c", label="c")
    control.changes.clear()
    return record


def labels(upstream: UpstreamRecord) -> list[str]:
    return [key.label for key in upstream.keys]


async def test_each_new_key_is_stored_and_the_last(
    control: ControlPlane, upstream: UpstreamRecord
) -> None:
    assert labels(upstream) == ["", "b", "c"]
    assert control.secrets.held == dict(
        zip([key.id for key in upstream.keys], ["sk-a", "sk-b", "sk-c"], strict=True)
    )
    added = await control.upstreams.add_key(upstream.id, ' "sk-d"\n', label=" d ")
    assert labels(added) == ["", "b", "c", "d"]
    assert control.secrets.secrets[-1] == "sk-d"
    assert control.changes == ["upstreams"]
    assert await control.upstreams.get(upstream.id) == added


@pytest.mark.parametrize(
    ("secret", "label", "error"),
    [
        ("  ", "", InvalidInput),
        ("sk d", "", InvalidInput),
        ("sk-d", "a\tb", InvalidInput),
        ("sk-d", "b", Conflict),
    ],
)
async def test_what_cannot_be_a_key_is_refused(
    control: ControlPlane, upstream: UpstreamRecord, secret: str, label: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await control.upstreams.add_key(upstream.id, secret, label=label)
    assert await control.upstreams.get(upstream.id) == upstream
    assert len(control.secrets.held) == 3


async def test_there_is_an_end_to_them(
    control: ControlPlane, upstream: UpstreamRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream_keys, "MOST_KEYS", 3)
    with pytest.raises(Conflict, match="3 keys already"):
        await control.upstreams.add_key(upstream.id, "sk-d")


@pytest.mark.parametrize(
    ("number", "changes", "expected"),
    [
        (1, {"label": "new"}, ["", "new", "c"]),
        (1, {"label": "b"}, ["", "b", "c"]),
        (1, {"label": ""}, ["", "", "c"]),
        (2, {"position": 0}, ["c", "", "b"]),
        (0, {"position": 2}, ["b", "c", ""]),
        (1, {"position": 1}, ["", "b", "c"]),
        (2, {"position": 1, "label": "x", "secret": "sk-x", "is_active": False}, ["", "x", "b"]),
    ],
)
async def test_what_is_given_is_changed(
    control: ControlPlane,
    upstream: UpstreamRecord,
    number: int,
    changes: dict[str, Any],
    expected: list[str],
) -> None:
    key = upstream.keys[number]
    changed = await control.upstreams.update_key(upstream.id, key.id, **changes)
    assert labels(changed) == expected
    now = next(one for one in changed.keys if one.id == key.id)
    assert now.is_active is changes.get("is_active", True)
    assert control.secrets.held[key.id] == changes.get("secret", f"sk-{'abc'[number]}")
    assert control.changes == ["upstreams"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"label": "c"}, Conflict),
        ({"position": 3}, InvalidInput),
        ({"position": -1}, InvalidInput),
        ({"label": "x", "secret": " "}, InvalidInput),
        ({"label": "x", "position": 9}, InvalidInput),
    ],
)
async def test_a_change_that_is_refused_changes_nothing(
    control: ControlPlane, upstream: UpstreamRecord, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await control.upstreams.update_key(upstream.id, upstream.keys[1].id, **changes)
    assert await control.upstreams.get(upstream.id) == upstream
    assert control.changes == []


async def test_while_the_secret_store_is_locked_nothing_changes(
    control: ControlPlane, upstream: UpstreamRecord
) -> None:
    control.secrets.locked = True
    key = upstream.keys[1].id
    for action in (
        control.upstreams.add_key(upstream.id, "sk-d"),
        control.upstreams.update_key(upstream.id, key, label="x", secret="sk-x", position=0),
        control.upstreams.remove_key(upstream.id, key),
    ):
        with pytest.raises(SecretStoreUnavailable):
            await action
    assert await control.upstreams.get(upstream.id) == upstream
    assert control.changes == []


async def test_a_removed_key_is_gone_with_its_secret(
    control: ControlPlane, upstream: UpstreamRecord
) -> None:
    left = await control.upstreams.remove_key(upstream.id, upstream.keys[0].id)
    assert labels(left) == ["b", "c"]
    assert control.secrets.secrets == ["sk-b", "sk-c"]
    assert control.changes == ["upstreams"]


async def test_the_upstreams_own_key_is_the_first(
    control: ControlPlane, upstream: UpstreamRecord
) -> None:
    await control.upstreams.update(upstream.id, api_key="sk-new")
    assert control.secrets.secrets == ["sk-new", "sk-b", "sk-c"]
    left = await control.upstreams.update(upstream.id, api_key=None)
    assert labels(left) == ["b", "c"]
    assert left.secret_place == "keyring"


async def test_a_deleted_upstream_leaves_no_secret(
    control: ControlPlane, upstream: UpstreamRecord
) -> None:
    await control.upstreams.delete(upstream.id)
    assert control.secrets.held == {}


async def test_what_does_not_exist_is_not_found(
    control: ControlPlane, upstream: UpstreamRecord
) -> None:
    other = await control.an_upstream("other", api_key="sk-o")
    for action in (
        control.upstreams.add_key(uuid4(), "sk"),
        control.upstreams.update_key(upstream.id, uuid4(), label="x"),
        control.upstreams.update_key(upstream.id, other.keys[0].id, label="x"),
        control.upstreams.remove_key(upstream.id, other.keys[0].id),
        control.upstreams.remove_key(uuid4(), upstream.keys[0].id),
    ):
        with pytest.raises(NotFound):
            await action
