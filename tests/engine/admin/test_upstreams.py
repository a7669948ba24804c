from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp.test_utils import unused_port

from pxbin_engine.admin.discovery import Discovery
from pxbin_engine.admin.upstreams import UpstreamAdmin
from pxbin_engine.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    SecretStoreUnavailable,
    UpstreamUnreachable,
)
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.records import SecretPlace, UpstreamRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import NOW

OWN = "http://127.0.0.1:8080"


class Secrets:
    """A secret store in memory, which can be locked."""

    description = "in memory"

    def __init__(self, store: UpstreamStore) -> None:
        self.held: dict[UUID, str] = {}
        self.locked = False
        self._store = store

    async def put(self, upstream_id: UUID, secret: str) -> SecretPlace:
        self._unlocked()
        self.held[upstream_id] = secret
        await self._store.set_secret(upstream_id, "keyring")
        return "keyring"

    async def get(self, upstream: UpstreamRecord) -> str | None:
        self._unlocked()
        return self.held.get(upstream.id)

    async def delete(self, upstream: UpstreamRecord) -> None:
        self._unlocked()
        if self.held.pop(upstream.id, None) and await self._store.get(upstream.id):
            await self._store.set_secret(upstream.id, "none")

    def _unlocked(self) -> None:
        if self.locked:
            raise SecretStoreUnavailable("The keyring is locked.")


class Control:
    """The use cases under test, and what is around them."""

    def __init__(self, database: Database, client: UpstreamClient) -> None:
        self.store = UpstreamStore(database)
        self.secrets = Secrets(self.store)
        self.changes: list[str] = []
        self.admin = UpstreamAdmin(
            self.store,
            self.secrets,  # type: ignore[arg-type]  # the same three methods
            Discovery(client),
            self._changed,
            is_own_address=lambda url: url == OWN,
            clock=lambda: NOW,
        )

    async def _changed(self, what: str) -> None:
        self.changes.append(what)

    async def make(self, **values: Any) -> UpstreamRecord:
        defaults = {"name": "main", "base_url": "http://127.0.0.1:9/v1", "format": "openai"}
        record = await self.admin.create(**defaults | values)
        self.changes.clear()
        return record


@pytest.fixture
async def control(database: Database) -> AsyncIterator[Control]:
    client = UpstreamClient(connect_timeout=2)
    await client.start()
    yield Control(database, client)
    await client.close()


async def test_an_upstream_is_made_with_its_key(control: Control) -> None:
    record = await control.admin.create(
        name=" OpenAI ",
        base_url="https://api.openai.com/v1/",
        format="openai",
        api_key=" sk-1\n",
        priority=3,
    )
    assert (record.name, record.base_url, record.priority) == (
        "OpenAI",
        "https://api.openai.com/v1",
        3,
    )
    assert record.secret_place == "keyring"
    assert control.secrets.held == {record.id: "sk-1"}
    assert await control.admin.list() == (record,)
    assert control.changes == ["upstreams"]
    assert control.admin.secret_description == "in memory"


async def test_an_upstream_may_have_no_key(control: Control) -> None:
    record = await control.make(api_key="  ")
    assert record.secret_place == "none"
    assert control.secrets.held == {}


async def test_no_upstream_without_its_key_when_that_cannot_be_stored(control: Control) -> None:
    control.secrets.locked = True
    with pytest.raises(SecretStoreUnavailable):
        await control.make(api_key="sk-1")
    assert await control.admin.list() == ()


async def test_no_orphan_secret_when_the_name_is_taken(control: Control) -> None:
    first = await control.make(api_key="sk-1")
    with pytest.raises(Conflict):
        await control.make(api_key="sk-2")
    assert control.secrets.held == {first.id: "sk-1"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"base_url": "example.com"}, "base_url"),
        ({"base_url": OWN + "/"}, "base_url"),
        ({"format": "gemini"}, "format"),
        ({"priority": 2**31}, "priority"),
        ({"api_key": "sk-\nx"}, "api_key"),
        ({"api_key": "schlüssel"}, "api_key"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_name_both_ways(
    control: Control, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await control.make(**values)
    assert refused.value.field == field
    assert await control.admin.list() == ()
    record = await control.make()
    with pytest.raises(InvalidInput) as refused:
        await control.admin.update(record.id, **values)
    assert refused.value.field == field
    assert await control.admin.list() == (record,)
    assert control.changes == []


async def test_only_what_is_given_changes(control: Control) -> None:
    record = await control.make(api_key="sk-1")
    changed = await control.admin.update(record.id, name="other", is_active=False)
    assert (changed.name, changed.is_active, changed.base_url) == ("other", False, record.base_url)
    assert changed.secret_place == "keyring"
    assert control.secrets.held == {record.id: "sk-1"}
    assert control.changes == ["upstreams"]
    assert await control.admin.get(record.id) == changed


@pytest.mark.parametrize("nothing", [None, "", "  "])
async def test_a_key_is_replaced_or_taken_away(control: Control, nothing: str | None) -> None:
    record = await control.make(api_key="sk-1")
    assert (await control.admin.update(record.id, api_key="sk-2")).secret_place == "keyring"
    assert control.secrets.held == {record.id: "sk-2"}
    assert (await control.admin.update(record.id, api_key=nothing)).secret_place == "none"
    assert control.secrets.held == {}


async def test_nothing_changes_when_the_new_key_cannot_be_stored(control: Control) -> None:
    record = await control.make()
    control.secrets.locked = True
    with pytest.raises(SecretStoreUnavailable):
        await control.admin.update(record.id, name="other", api_key="sk-2")
    assert await control.admin.get(record.id) == record
    assert control.changes == []


async def test_delete_takes_the_secret_along(control: Control) -> None:
    record = await control.make(api_key="sk-1")
    await control.admin.delete(record.id)
    assert await control.admin.list() == ()
    assert control.secrets.held == {}
    assert control.changes == ["upstreams"]


async def test_an_upstream_whose_secret_cannot_be_removed_is_deleted_and_that_is_said(
    control: Control,
) -> None:
    record = await control.make(api_key="sk-1")
    control.secrets.locked = True
    with pytest.raises(
        SecretStoreUnavailable, match="main was deleted, but its key is still stored"
    ):
        await control.admin.delete(record.id)
    assert await control.admin.list() == ()
    assert control.changes == ["upstreams"]


async def test_many_are_deleted_at_once(control: Control) -> None:
    records = [await control.make(name=name, api_key="sk") for name in ("a", "b", "c")]
    assert await control.admin.delete_many([records[0].id, records[1].id, uuid4()]) == 2
    assert [record.name for record in await control.admin.list()] == ["c"]
    assert list(control.secrets.held) == [records[2].id]
    control.changes.clear()
    assert await control.admin.delete_many([uuid4()]) == 0
    assert control.changes == []


async def test_an_unknown_id_is_not_found(control: Control) -> None:
    unknown = uuid4()
    for call in (
        control.admin.get(unknown),
        control.admin.update(unknown, name="a"),
        control.admin.delete(unknown),
        control.admin.check(unknown),
        control.admin.discover(unknown),
    ):
        with pytest.raises(NotFound):
            await call


async def test_a_check_of_an_upstream_that_is_down_says_so(control: Control) -> None:
    address = f"http://127.0.0.1:{unused_port()}"
    record = await control.make(base_url=address, api_key="sk-1")
    report = await control.admin.check(record.id)
    assert not report.healthy
    assert "cannot be reached" in str(report.error)
    report = await control.admin.check_new(base_url=address, api_key=None, format="openai")
    assert not report.healthy
    with pytest.raises(UpstreamUnreachable):
        await control.admin.discover(record.id)


async def test_a_check_says_that_the_key_cannot_be_read(control: Control) -> None:
    record = await control.make(api_key="sk-1")
    control.secrets.locked = True
    assert (await control.admin.check(record.id)).error == "The keyring is locked."
    with pytest.raises(SecretStoreUnavailable):
        await control.admin.discover(record.id)
