"""Entries say what they are, and do it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from pxbin_app.palette.entries import (
    Doings,
    Entry,
    actions_of,
    filters_of,
    pages_of,
    typed_entries,
)
from pxbin_engine.admin.log_query import parse

REQUEST = "0192b3c4-0000-7000-8000-00000000abcd"


@pytest.fixture
def done() -> list[tuple[Any, ...]]:
    return []


@pytest.fixture
def doings(done: list[tuple[Any, ...]]) -> Doings:
    def doing(name: str) -> Any:
        return lambda *given: done.append((name, *given))

    return Doings(**{name: doing(name) for name in Doings.__dataclass_fields__})


def titled(entries: list[Entry], title: str) -> Entry:
    (found,) = [entry for entry in entries if entry.title == title]
    return found


def test_a_page_is_shown_and_tells_its_key(doings: Doings, done: list[tuple[Any, ...]]) -> None:
    logs = titled(pages_of(doings), "Logs")
    logs.run()
    assert done == [("show_page", "logs")]
    assert logs.keys == "Ctrl+2"


@pytest.mark.parametrize(
    ("paused", "listening", "first"),
    [
        (False, True, ["Pause", "Copy base URL"]),
        (True, True, ["Resume", "Copy base URL"]),
        (False, False, ["Add an upstream", "Add a model"]),
    ],
    ids=["running", "paused", "stopped"],
)
def test_only_what_can_be_done_now_is_offered(
    doings: Doings, paused: bool, listening: bool, first: list[str]
) -> None:
    entries = actions_of(doings, paused=paused, listening=listening)
    assert [entry.title for entry in entries[:2]] == first


def test_every_action_does_something_of_its_own(
    doings: Doings, done: list[tuple[Any, ...]]
) -> None:
    entries = actions_of(doings, paused=False, listening=True)
    for entry in entries:
        entry.run()
    assert len(set(done)) == len(entries)
    assert ("set_theme", "light") in done
    assert titled(entries, "Quit pxbin").keys == "Ctrl+Q"


def test_filters_are_of_the_log_s_own_language(doings: Doings, done: list[tuple[Any, ...]]) -> None:
    for entry in filters_of(doings):
        assert not parse(entry.detail, now=datetime(2026, 11, 24, tzinfo=UTC)).problems
        entry.run()
        assert done[-1] == ("filter_logs", entry.detail)


@pytest.mark.parametrize(
    ("typed", "does"),
    [
        ("  ", []),
        ("glm ", [("filter_logs", "glm")]),
        (REQUEST, [("show_item", "logs", UUID(REQUEST)), ("filter_logs", REQUEST)]),
    ],
)
def test_what_is_typed_is_a_filter_and_an_id_where_it_is_one(
    doings: Doings, done: list[tuple[Any, ...]], typed: str, does: list[tuple[Any, ...]]
) -> None:
    for entry in typed_entries(typed, doings):
        entry.run()
    assert done == does
