"""The items by which the model calls a tool that the client runs: a function, a tool that takes a text, a search for tools."""

import msgspec

from pxbin_engine.protocol.dialects.openai_responses.output_items import Event, Json, OutputItem
from pxbin_engine.protocol.dialects.openai_responses.tools import is_tool_search, local_name
from pxbin_engine.protocol.freeform import FreeformInput
from pxbin_engine.protocol.request import FunctionTool


def call_item(key: str, call_id: str, name: str, tool: FunctionTool | None) -> OutputItem:
    """The item for a call; ``tool`` is the one that was offered by that name, if any."""
    if tool is not None and is_tool_search(tool):
        return ToolSearchItem(key, call_id)
    if tool is not None and tool.freeform:
        return CustomToolCallItem(key, call_id, name, tool)
    return FunctionCallItem(key, call_id, name, tool)


class CallItem(OutputItem):
    """A call of a tool that the client runs; by its local name and namespace where it is one that was offered."""

    def __init__(self, key: str, call_id: str, name: str, tool: FunctionTool | None) -> None:
        super().__init__(key)
        self._header: Json = {"call_id": call_id, "name": local_name(tool) if tool else name}
        if tool is not None and tool.namespace is not None:
            self._header["namespace"] = tool.namespace


class FunctionCallItem(CallItem):
    """A call with JSON arguments."""

    prefix = "fc"
    delta_event = ("function_call_arguments.delta", {})

    def end(self) -> tuple[str, list[Event]]:
        last = "" if self.text else "{}"
        self._pieces.append(last)
        fields = {"name": self._header["name"], "arguments": self.text}
        return last, [("function_call_arguments.done", fields)]

    def encode(self, status: str) -> Json:
        return {
            "id": self.id,
            "type": "function_call",
            "status": status,
            "arguments": self.text,
            **self._header,
        }


class CustomToolCallItem(CallItem):
    """A call with a text."""

    prefix = "ctc"
    delta_event = ("custom_tool_call_input.delta", {})

    def __init__(self, key: str, call_id: str, name: str, tool: FunctionTool) -> None:
        super().__init__(key, call_id, name, tool)
        self._input = FreeformInput()

    def add(self, text: str) -> str:
        return super().add(self._input.feed(text))

    def end(self) -> tuple[str, list[Event]]:
        last = self._input.close()
        self._pieces.append(last)
        return last, [("custom_tool_call_input.done", {"input": self.text})]

    def encode(self, status: str) -> Json:
        return {
            "id": self.id,
            "type": "custom_tool_call",
            "status": status,
            "input": self.text,
            **self._header,
        }


class ToolSearchItem(OutputItem):
    """A search for tools, which the client does; it is told whole."""

    prefix = "tsc"

    def __init__(self, key: str, call_id: str) -> None:
        super().__init__(key)
        self._call_id = call_id

    def add(self, text: str) -> str:
        self._pieces.append(text)
        return ""

    def encode(self, status: str) -> Json:
        return {
            "id": self.id,
            "type": "tool_search_call",
            "status": status,
            "execution": "client",
            "call_id": self._call_id,
            "arguments": {} if status == "in_progress" else self._arguments(),
        }

    def _arguments(self) -> Json:
        try:
            return msgspec.json.decode(self.text or "{}", type=Json)
        except (msgspec.DecodeError, RecursionError):
            return {"query": self.text}
