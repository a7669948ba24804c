"""Which item a call becomes, and what each is owed at its end."""

import pytest

from pxbin_engine.protocol.dialects.openai_responses.call_items import (
    CustomToolCallItem,
    FunctionCallItem,
    ToolSearchItem,
    call_item,
)
from pxbin_engine.protocol.request import FunctionTool

PATCH = FunctionTool("apply_patch", freeform=True)
SEARCH = FunctionTool("tool_search", extensions={"openai_responses": {"type": "tool_search"}})


@pytest.mark.parametrize(
    ("tool", "kind"),
    [
        (None, FunctionCallItem),
        (FunctionTool("read"), FunctionCallItem),
        (PATCH, CustomToolCallItem),
        (SEARCH, ToolSearchItem),
    ],
)
def test_behaviour_25_a_call_is_the_item_of_the_tool_that_was_offered(
    tool: FunctionTool | None, kind: type
) -> None:
    item = call_item("1", "c", tool.name if tool else "unknown", tool)
    assert type(item) is kind
    begun = item.encode("in_progress")
    assert isinstance(begun, dict)
    assert begun["call_id"] == "c"
    assert begun.get("arguments", begun.get("input")) in ("", {})


def test_what_a_freeform_tool_is_still_owed_is_its_last_delta() -> None:
    item = CustomToolCallItem("1", "c", "apply_patch", PATCH)
    assert item.add('{"patch":"x"}') == ""
    assert item.end() == ("x", [("custom_tool_call_input.done", {"input": "x"})])


def test_a_function_that_was_given_nothing_is_owed_an_empty_object() -> None:
    last, ((kind, fields),) = FunctionCallItem("1", "c", "f", None).end()
    assert (last, kind) == ("{}", "function_call_arguments.done")
    assert fields == {"name": "f", "arguments": "{}"}


def test_a_search_for_tools_says_nothing_until_its_end() -> None:
    item = ToolSearchItem("1", "c")
    assert item.add('{"query":') == item.add('"x"}') == ""
    assert item.end() == ("", [])
    assert item.encode("completed")["arguments"] == {"query": "x"}
