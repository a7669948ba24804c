"""Reads what a scripted model was asked, in each upstream format: tools, results of calls, proofs of reasoning.

A proof is what a vendor wants back with the reasoning: ``signature``, ``encrypted_content``, ``thoughtSignature``.
"""

from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]


class Heard:
    """Reads a request of Chat Completions; the others differ."""

    def tools(self, body: Json) -> Iterable[str]:
        """The names of the tools that are offered."""
        return (tool["function"]["name"] for tool in body.get("tools", ()))

    def results(self, body: Json) -> Iterable[Any]:
        """What the tools said, as it stands there."""
        return (turn["content"] for turn in body["messages"] if turn["role"] == "tool")

    def proofs(self, body: Json) -> Iterable[str]:
        """The proofs of reasoning: this format has none."""
        return ()


class HeardMessages(Heard):
    """Anthropic's."""

    def tools(self, body: Json) -> Iterable[str]:
        return (tool["name"] for tool in body.get("tools", ()))

    def results(self, body: Json) -> Iterable[Any]:
        blocks = self._blocks(body)
        return (block.get("content") for block in blocks if block["type"] == "tool_result")

    def proofs(self, body: Json) -> Iterable[str]:
        return (block["signature"] for block in self._blocks(body) if block["type"] == "thinking")

    @staticmethod
    def _blocks(body: Json) -> Iterator[Json]:
        for turn in body["messages"]:
            if not isinstance(turn["content"], str):
                yield from turn["content"]


class HeardResponses(Heard):
    """OpenAI's other one."""

    def tools(self, body: Json) -> Iterable[str]:
        for tool in body.get("tools", ()):
            inner = tool["tools"] if tool["type"] == "namespace" else [tool]
            yield from (one.get("name", one["type"]) for one in inner)

    def results(self, body: Json) -> Iterable[Any]:
        items = (item for item in body["input"] if item.get("type", "").endswith("_call_output"))
        return (item["output"] for item in items)

    def proofs(self, body: Json) -> Iterable[str]:
        items = (item for item in body["input"] if item.get("type") == "reasoning")
        return (item["encrypted_content"] for item in items)


class HeardGemini(Heard):
    """Google's."""

    def tools(self, body: Json) -> Iterable[str]:
        for tool in body.get("tools", ()):
            yield from (one["name"] for one in tool.get("functionDeclarations", ()))

    def results(self, body: Json) -> Iterable[Any]:
        return (
            part["functionResponse"] for part in self._parts(body) if "functionResponse" in part
        )

    def proofs(self, body: Json) -> Iterable[str]:
        return (
            part["thoughtSignature"] for part in self._parts(body) if "thoughtSignature" in part
        )

    @staticmethod
    def _parts(body: Json) -> Iterator[Json]:
        for content in body["contents"]:
            yield from content["parts"]


HEARD = {
    "openai": Heard(),
    "anthropic": HeardMessages(),
    "openai-responses": HeardResponses(),
    "gemini": HeardGemini(),
}
