import hashlib
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from pxbin_engine.admin.keys import KeyAdmin, hash_key
from pxbin_engine.errors import AuthenticationFailed, InvalidInput, NotFound, PermissionDenied
from pxbin_engine.records import KeyType
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from tests.support.control_plane import BOOTSTRAP, ControlPlane
from tests.support.database import NOW


@pytest.mark.parametrize(("key_type", "prefix"), [("llm", "pxb_"), ("management", "pxm_")])
async def test_a_key_is_shown_once_and_stored_as_a_hash(
    control: ControlPlane, database: Database, key_type: KeyType, prefix: str
) -> None:
    created = await control.keys.create(key_type, " Laptop ")
    assert re.fullmatch(prefix + "[0-9a-f]{40}", created.key)
    assert created.record.name == "Laptop"
    assert created.record.key_prefix == created.key[:8]
    assert created.record.key_hash == hashlib.sha256(created.key.encode()).hexdigest()
    assert created.record.created_at == NOW
    assert created.key not in repr(created)
    (row,) = await database.fetch("select keys::text as whole from keys")
    assert created.key not in row["whole"]
    assert control.changes == ["keys"]


async def test_keys_are_never_the_same(control: ControlPlane) -> None:
    assert len({(await control.keys.create("llm", "same")).key for _ in range(5)}) == 5


async def test_each_type_has_its_own_settings(control: ControlPlane) -> None:
    llm = (await control.keys.create("llm", "a", rate_limit=60, metadata={"team": "x"})).record
    assert (llm.rate_limit, llm.permissions, llm.metadata) == (60, (), {"team": "x"})
    management = (await control.keys.create("management", "b", permissions=("read", "read"))).record
    assert (management.rate_limit, management.permissions) == (None, ("read",))
    assert [key.name for key in await control.keys.list("management")] == ["b"]
    assert {key.name for key in await control.keys.list()} == {"a", "b"}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"type": "llm", "name": "  "}, "name"),
        ({"type": "other", "name": "a"}, "type"),
        ({"type": "llm", "name": "a", "rate_limit": 0}, "rate_limit"),
        ({"type": "llm", "name": "a", "rate_limit": 2**31}, "rate_limit"),
        ({"type": "management", "name": "a", "rate_limit": 5}, "rate_limit"),
        ({"type": "management", "name": "a", "permissions": ()}, "permissions"),
        ({"type": "management", "name": "a", "permissions": ("admin",)}, "permissions"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_name(
    control: ControlPlane, arguments: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await control.keys.create(**arguments)  # type: ignore[arg-type]  # bad on purpose
    assert refused.value.field == field
    assert control.changes == []
    assert await control.keys.list() == ()


async def test_the_limits_of_a_key_are_kept_changed_and_taken_away(control: ControlPlane) -> None:
    expiry = NOW + timedelta(days=1)
    limits: dict[str, Any] = {
        "tokens_per_minute": 5000,
        "max_concurrency": 3,
        "allowed_models": (" gpt-* ", "claude", "gpt-*"),
        "expires_at": expiry,
    }
    record = (await control.keys.create("llm", "a", **limits)).record
    assert (record.tokens_per_minute, record.max_concurrency) == (5000, 3)
    assert (record.allowed_models, record.expires_at) == (("gpt-*", "claude"), expiry)
    changed = await control.keys.update(record.id, max_concurrency=None, allowed_models=())
    assert (changed.tokens_per_minute, changed.max_concurrency) == (5000, None)
    changed = await control.keys.update(record.id, tokens_per_minute=None, expires_at=None)
    assert (changed.allowed_models, changed.expires_at) == ((), None)
    assert await control.keys.list() == (changed,)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tokens_per_minute": 0}, "tokens_per_minute"),
        ({"max_concurrency": -1}, "max_concurrency"),
        ({"allowed_models": ("  ",)}, "allowed_models"),
        ({"allowed_models": ("a\nb",)}, "allowed_models"),
        ({"allowed_models": tuple(map(str, range(201)))}, "allowed_models"),
        ({"expires_at": NOW}, "expires_at"),
        ({"expires_at": datetime(2099, 1, 1)}, "expires_at"),  # noqa: DTZ001  # no zone, on purpose
    ],
)
async def test_a_limit_that_means_nothing_is_refused(
    control: ControlPlane, changes: dict[str, Any], field: str
) -> None:
    record = (await control.keys.create("llm", "a")).record
    for refused_by in (
        lambda: control.keys.update(record.id, **changes),
        lambda: control.keys.create("llm", "b", **changes),
    ):
        with pytest.raises(InvalidInput) as refused:
            await refused_by()
        assert refused.value.field == field


async def test_a_management_key_may_expire_but_has_no_other_limit(control: ControlPlane) -> None:
    record = (await control.keys.create("management", "m")).record
    expiry = NOW + timedelta(hours=1)
    assert (await control.keys.update(record.id, expires_at=expiry)).expires_at == expiry
    limits: list[dict[str, Any]] = [
        {"tokens_per_minute": 1},
        {"max_concurrency": 1},
        {"allowed_models": ("x",)},
    ]
    for limit in limits:
        with pytest.raises(InvalidInput, match="management key has no"):
            await control.keys.update(record.id, **limit)


async def test_a_revoked_key_stays_in_the_list_and_the_change_is_told_before_the_answer(
    control: ControlPlane,
) -> None:
    record = (await control.keys.create("llm", "a")).record
    control.changes.clear()
    revoked = await control.keys.revoke(record.id)
    assert control.changes == ["keys"]
    assert not revoked.is_active
    assert await control.keys.list() == (revoked,)
    assert not (await control.keys.revoke(record.id)).is_active


async def test_only_what_is_given_changes(control: ControlPlane) -> None:
    record = (await control.keys.create("llm", "a", rate_limit=5, metadata={"team": "x"})).record
    changed = await control.keys.update(record.id, name="b")
    assert (changed.name, changed.rate_limit, changed.metadata) == ("b", 5, {"team": "x"})
    changed = await control.keys.update(record.id, rate_limit=None, metadata={}, is_active=False)
    assert (changed.rate_limit, changed.metadata, changed.is_active) == (None, {}, False)
    assert changed.key_hash == record.key_hash


async def test_a_setting_of_the_other_type_is_refused(control: ControlPlane) -> None:
    llm = (await control.keys.create("llm", "a")).record
    management = (await control.keys.create("management", "b")).record
    with pytest.raises(InvalidInput, match="permissions"):
        await control.keys.update(llm.id, permissions=("read",))
    with pytest.raises(InvalidInput, match="rate limit"):
        await control.keys.update(management.id, rate_limit=5)
    assert (await control.keys.update(management.id, permissions=["write"])).permissions == (
        "write",
    )


async def test_an_unknown_id_or_another_type_is_not_found(control: ControlPlane) -> None:
    llm = (await control.keys.create("llm", "a")).record
    control.changes.clear()
    with pytest.raises(NotFound):
        await control.keys.revoke(uuid4())
    with pytest.raises(NotFound):
        await control.keys.update(llm.id, type="management", name="b")
    assert control.changes == []


async def test_bootstrap_makes_a_management_key_that_may_do_everything(
    control: ControlPlane,
) -> None:
    created = await control.keys.bootstrap(BOOTSTRAP, name="first")
    assert (created.record.type, created.record.permissions) == ("management", ("read", "write"))
    assert (await control.keys.bootstrap(BOOTSTRAP, type="llm")).record.type == "llm"


@pytest.mark.parametrize("given", ["", "wrong", BOOTSTRAP + "x", BOOTSTRAP[:-1], "\udcff"])
async def test_bootstrap_with_another_key_is_refused(control: ControlPlane, given: str) -> None:
    with pytest.raises(AuthenticationFailed):
        await control.keys.bootstrap(given, name="first")
    assert await control.keys.list() == ()


@pytest.mark.parametrize("given", ["", "anything"])
async def test_bootstrap_is_off_unless_configured(database: Database, given: str) -> None:
    async def on_changed(_: str) -> None:
        pytest.fail("nothing changed")

    with pytest.raises(PermissionDenied, match="management_bootstrap_key"):
        await KeyAdmin(KeyStore(database), on_changed).bootstrap(given)


def test_any_text_has_a_hash() -> None:
    assert hash_key("abc") == hashlib.sha256(b"abc").hexdigest()
    assert len(hash_key("\udcff")) == 64
