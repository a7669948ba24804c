import hashlib
import re
from uuid import uuid4

import pytest

from pxbin_engine.admin.keys import KeyAdmin, hash_key
from pxbin_engine.errors import AuthenticationFailed, InvalidInput, NotFound, PermissionDenied
from pxbin_engine.records import KeyType
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from tests.support.database import NOW

BOOTSTRAP = "a-bootstrap-key-of-some-length"


class Changes(list[str]):
    """What was reloaded, in order."""

    async def __call__(self, what: str) -> None:
        self.append(what)


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def keys(database: Database, changes: Changes) -> KeyAdmin:
    return KeyAdmin(KeyStore(database), changes, bootstrap_key=BOOTSTRAP, clock=lambda: NOW)


@pytest.mark.parametrize(("key_type", "prefix"), [("llm", "pxb_"), ("management", "pxm_")])
async def test_a_key_is_shown_once_and_stored_as_a_hash(
    keys: KeyAdmin, database: Database, changes: Changes, key_type: KeyType, prefix: str
) -> None:
    created = await keys.create(key_type, " Laptop ")
    assert re.fullmatch(prefix + "[0-9a-f]{40}", created.key)
    assert created.record.name == "Laptop"
    assert created.record.key_prefix == created.key[:8]
    assert created.record.key_hash == hashlib.sha256(created.key.encode()).hexdigest()
    assert created.record.created_at == NOW
    assert created.key not in repr(created)
    (row,) = await database.fetch("select keys::text as whole from keys")
    assert created.key not in row["whole"]
    assert changes == ["keys"]


async def test_keys_are_never_the_same(keys: KeyAdmin) -> None:
    assert len({(await keys.create("llm", "same")).key for _ in range(5)}) == 5


async def test_each_type_has_its_own_settings(keys: KeyAdmin) -> None:
    llm = (await keys.create("llm", "a", rate_limit=60, metadata={"team": "x"})).record
    assert (llm.rate_limit, llm.permissions, llm.metadata) == (60, (), {"team": "x"})
    management = (await keys.create("management", "b", permissions=("read", "read"))).record
    assert (management.rate_limit, management.permissions) == (None, ("read",))
    assert [key.name for key in await keys.list("management")] == ["b"]
    assert {key.name for key in await keys.list()} == {"a", "b"}


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
    keys: KeyAdmin, changes: Changes, arguments: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await keys.create(**arguments)  # type: ignore[arg-type]  # bad on purpose
    assert refused.value.field == field
    assert changes == []
    assert await keys.list() == ()


async def test_a_revoked_key_stays_in_the_list_and_the_change_is_told_before_the_answer(
    keys: KeyAdmin, changes: Changes
) -> None:
    record = (await keys.create("llm", "a")).record
    changes.clear()
    revoked = await keys.revoke(record.id)
    assert changes == ["keys"]
    assert not revoked.is_active
    assert await keys.list() == (revoked,)
    assert not (await keys.revoke(record.id)).is_active


async def test_only_what_is_given_changes(keys: KeyAdmin) -> None:
    record = (await keys.create("llm", "a", rate_limit=5, metadata={"team": "x"})).record
    changed = await keys.update(record.id, name="b")
    assert (changed.name, changed.rate_limit, changed.metadata) == ("b", 5, {"team": "x"})
    changed = await keys.update(record.id, rate_limit=None, metadata={}, is_active=False)
    assert (changed.rate_limit, changed.metadata, changed.is_active) == (None, {}, False)
    assert changed.key_hash == record.key_hash


async def test_a_setting_of_the_other_type_is_refused(keys: KeyAdmin) -> None:
    llm = (await keys.create("llm", "a")).record
    management = (await keys.create("management", "b")).record
    with pytest.raises(InvalidInput, match="permissions"):
        await keys.update(llm.id, permissions=("read",))
    with pytest.raises(InvalidInput, match="rate limit"):
        await keys.update(management.id, rate_limit=5)
    assert (await keys.update(management.id, permissions=["write"])).permissions == ("write",)


async def test_an_unknown_id_or_another_type_is_not_found(keys: KeyAdmin, changes: Changes) -> None:
    llm = (await keys.create("llm", "a")).record
    changes.clear()
    with pytest.raises(NotFound):
        await keys.revoke(uuid4())
    with pytest.raises(NotFound):
        await keys.update(llm.id, type="management", name="b")
    assert changes == []


async def test_bootstrap_makes_a_management_key_that_may_do_everything(keys: KeyAdmin) -> None:
    created = await keys.bootstrap(BOOTSTRAP, name="first")
    assert (created.record.type, created.record.permissions) == ("management", ("read", "write"))
    assert (await keys.bootstrap(BOOTSTRAP, type="llm")).record.type == "llm"


@pytest.mark.parametrize("given", ["", "wrong", BOOTSTRAP + "x", BOOTSTRAP[:-1], "\udcff"])
async def test_bootstrap_with_another_key_is_refused(keys: KeyAdmin, given: str) -> None:
    with pytest.raises(AuthenticationFailed):
        await keys.bootstrap(given, name="first")
    assert await keys.list() == ()


@pytest.mark.parametrize("given", ["", "anything"])
async def test_bootstrap_is_off_unless_configured(database: Database, given: str) -> None:
    with pytest.raises(PermissionDenied, match="management_bootstrap_key"):
        await KeyAdmin(KeyStore(database), Changes()).bootstrap(given)


def test_any_text_has_a_hash() -> None:
    assert hash_key("abc") == hashlib.sha256(b"abc").hexdigest()
    assert len(hash_key("\udcff")) == 64
