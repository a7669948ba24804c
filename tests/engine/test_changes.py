"""What a change sets off, by this process and by another one."""

import asyncio

import pytest

from pxbin_engine.changes import Changes, keep_learned
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import ConfigurationChanged, EventBus, QuirkLearned
from pxbin_engine.records import LearnedQuirk
from pxbin_engine.storage.budgets import LEASES
from tests.support.database import NOW, an_upstream

NEW, KNOWN = (
    LearnedQuirk(upstream_model="m", quirk=quirk, value=True, description="is so.", learned_at=NOW)
    for quirk in ("new", "known")
)


class House:
    """Snapshots and budgets that tell what they were asked, and what is published."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.answer: bool | Exception = True
        events = EventBus()
        events.subscribe(ConfigurationChanged, lambda event: self.heard.put_nowait(event.what))
        self.changes = Changes(self, self, events)  # type: ignore[arg-type]

    async def reload(self) -> bool:
        self.asked.append("reload")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def share(self) -> None:
        self.asked.append("share")


async def test_it_is_in_force_before_it_is_told() -> None:
    house = House()
    await house.changes.here("keys")
    assert (house.asked, house.heard.get_nowait()) == (["reload"], "keys")


async def test_what_changed_nothing_is_not_told() -> None:
    house = House()
    house.answer = False
    await house.changes.here("models")
    assert house.heard.empty()


async def test_who_changes_something_hears_that_the_database_is_away() -> None:
    house = House()
    house.answer = DatabaseUnavailable("It is away.")
    with pytest.raises(DatabaseUnavailable):
        await house.changes.here("keys")


@pytest.mark.parametrize("what", ["keys", None])
async def test_what_another_process_did_is_read(what: str | None) -> None:
    house = House()
    house.changes.elsewhere(what)
    assert await asyncio.wait_for(house.heard.get(), 5) == "all"


async def test_what_another_process_did_waits_for_the_database(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = House()
    house.answer = DatabaseUnavailable("It is away.")
    house.changes.elsewhere("keys")
    async with asyncio.timeout(5):
        while "configuration.not_reloaded reason=It is away." not in caplog.messages:
            await asyncio.sleep(0)
    assert house.heard.empty()


async def test_an_engine_that_went_short_is_given_budget_and_nothing_is_read() -> None:
    house = House()
    house.changes.elsewhere(LEASES)
    await asyncio.sleep(0)
    assert house.asked == ["share"]


class Teachable:
    """Upstreams that take in all but what they know."""

    def __init__(self, answer: tuple[LearnedQuirk, ...] | Exception) -> None:
        self._answer = answer

    async def learn(self, *_: object) -> tuple[LearnedQuirk, ...]:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


async def learned(answer: tuple[LearnedQuirk, ...] | Exception) -> list[QuirkLearned]:
    """What is published of two lessons."""
    heard: list[QuirkLearned] = []
    events = EventBus()
    events.subscribe(QuirkLearned, heard.append)
    upstreams = Teachable(answer)
    await keep_learned(upstreams, events, an_upstream(name="u"), (NEW, KNOWN))  # type: ignore[arg-type]
    return heard


async def test_only_what_is_new_is_told() -> None:
    assert [(event.upstream_name, event.quirk) for event in await learned((NEW,))] == [("u", NEW)]


async def test_a_lesson_that_cannot_be_kept_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert await learned(DatabaseUnavailable("It is away.")) == []
    assert caplog.messages == ["upstream.not_learned name='u' reason=It is away."]
