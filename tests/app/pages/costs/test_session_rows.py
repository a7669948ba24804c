"""Sessions and their agents as rows."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from pxbin_app.pages.costs.session_rows import COLUMNS, SessionRow, cells, folder, rows_of
from tests.support.fake_engine import NOW
from tests.support.memory_sessions import a_session, an_agent, some_sessions, sums

TREES = some_sessions(NOW)
SESSIONS = [tree.session for tree in TREES]
CLAUDE, CODEX, OPENCODE = SESSIONS


def rows(opened: int | None = None, *live: tuple[str, str], beat: bool = True) -> list[SessionRow]:
    tree = None if opened is None else TREES[opened]
    return list(rows_of(SESSIONS, tree, live=live, beat=beat, now=NOW))


def texts(row: SessionRow) -> list[str]:
    told = cells(row)
    assert len(told) == len(COLUMNS)
    return [cell.text for cell in told]


def test_a_session_is_a_line() -> None:
    claude, codex, opencode = rows()
    assert texts(claude) == ["shop", "1 h ago", "60", "2.6M", "", "$3.10", ""]
    assert cells(claude)[0].second == "Claude Code · 52992294 · 3 subagents"
    assert cells(claude)[0].icon == "caret-right"
    assert texts(codex)[0] == "billing"
    assert cells(codex)[0].second == "Codex · 01a20ac7"
    assert texts(opencode)[0] == "opencode", "who says no project is called by its client"
    assert texts(opencode)[5:] == ["—", "3"], "an unknown price is not zero"


def test_the_open_one_shows_who_started_whom() -> None:
    shown = rows(0)
    assert [(row.depth, row.agent_id) for row in shown] == [
        (0, None), (1, ""), (2, "a125c423582c"), (3, "a52f0c3b9d1e"), (2, "a99ee6f04f7a"), (0, None), (0, None),
    ]  # fmt: skip
    assert cells(shown[0])[0].icon == "caret-down"
    main, plan, search = shown[1:4]
    assert (texts(main)[0].strip(), texts(main)[4:6]) == ("Main agent", ["$1.87", "$3.10"])
    assert (texts(plan)[0].strip(), texts(plan)[4:6]) == ("Subagent a125c423", ["$0.64", "$0.85"])
    indents = [len(texts(row)[0]) - len(texts(row)[0].lstrip()) for row in (main, plan, search)]
    assert indents == sorted(set(indents))
    assert indents[0] > 0
    assert len({row.id for row in shown}) == len(shown)


def test_who_is_live_says_so_by_shape_too() -> None:
    shown = rows(0, (CLAUDE.session_id, "a125c423582c"))
    assert [row.live for row in shown] == [True, False, True, False, False, False, False]
    disc = cells(shown[2])[1]
    ring = cells(rows(0, (CLAUDE.session_id, "a125c423582c"), beat=False)[2])[1]
    assert (disc.text, ring.text) == ("live", "live")
    assert (disc.tone, ring.tone) == ("ok", "neutral")


def test_words_that_show_its_requests() -> None:
    shown = rows(0)
    session = f'session:"{CLAUDE.session_id}"'
    assert shown[0].words == session
    assert shown[1].words == session
    assert shown[2].words == f'{session} agent:"a125c423582c"'
    odd = replace(CODEX, session_id='a "b" c')
    (row,) = rows_of([odd], None, live=(), beat=True, now=NOW)
    assert row.words == 'session:"a b c"'


def test_an_agent_in_another_directory_says_which() -> None:
    agent = replace(an_agent("a1", sums("1"), NOW), project="/home/me/trees/fix")
    tree = a_session("s", an_agent("", sums("1"), NOW - timedelta(minutes=1), agent))
    shown = rows_of([tree.session], tree, live=(), beat=True, now=NOW)
    assert cells(shown[2])[0].second == "fix"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/me/shop", "shop"),
        (r"C:\Users\me\shop", "shop"),
        ("/", "/"),
        ("", ""),
        ("shop", "shop"),
    ],
)
def test_a_directory_is_called_by_its_last_part(path: str, name: str) -> None:
    assert folder(path) == name
