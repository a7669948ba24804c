"""A search in the making: its query is known at its end."""

import json

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.anthropic_messages.open_block import OpenBlock
from pxbin_engine.protocol.request import SearchCall


def opened(name: str, **asked: object) -> OpenBlock:
    start = {"type": "server_tool_use", "id": "srvtoolu_1", "name": name, "input": asked}
    return OpenBlock(0, 0, Raw(json.dumps(start).encode()))


@pytest.mark.parametrize(
    ("pieces", "query"),
    [(['{"que', 'ry":"ca', 'ts"}'], "cats"), ([], None), (["{"], None), (['{"q":"cats"}'], None)],
)
def test_the_pieces_make_a_query_or_none(pieces: list[str], query: str | None) -> None:
    block = opened("web_search")
    block.query += pieces
    assert block.search() == (None if query is None else SearchCall("srvtoolu_1", query))


def test_a_query_may_come_with_the_start() -> None:
    assert opened("web_search", query="cats").search() == SearchCall("srvtoolu_1", "cats")


def test_other_tools_of_a_server_search_nothing() -> None:
    assert opened("web_search").may_search
    assert not opened("code_execution").may_search
