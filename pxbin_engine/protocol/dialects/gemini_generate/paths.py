"""The paths of Google's API: the model and what to do with it stand there, not in the body.

Source: google.aip.dev/136 (custom methods after a colon) and the API reference of ``models``.
"""

from typing import Literal
from urllib.parse import quote, unquote

from msgspec import Struct

from pxbin_engine.protocol.peek import Peek

Method = Literal["generateContent", "streamGenerateContent", "countTokens"]

_METHODS: dict[str, Method] = {
    "generateContent": "generateContent",
    "streamGenerateContent": "streamGenerateContent",
    "countTokens": "countTokens",
}
_COLLECTION = "models/"


class Action(Struct, frozen=True):
    """A model and what is asked of it."""

    model: str
    method: Method

    @property
    def wish(self) -> Peek:
        """What routing and translation must know."""
        return Peek(self.model, self.method == "streamGenerateContent")


def parse_action(path: str) -> Action | None:
    """``[/v1beta/models/]{model}:{method}`` -> what it asks; None for any other method, or without a model.

    A model's own name may have colons and slashes (``qwen3:8b``, ``openai/gpt-5``), percent-encoded or not.
    """
    model, _, said = unquote(path).rpartition(":")
    method = _METHODS.get(said)
    name = parse_model(model)
    return Action(name, method) if method is not None and name else None


def parse_model(path: str) -> str:
    """``[/v1beta/models/]{model}`` -> the model's name."""
    name = unquote(path)
    for prefix in ("/v1beta/", "/v1/"):
        name = name.removeprefix(prefix)
    return name.removeprefix(_COLLECTION)


def upstream_path(model: str, *, stream: bool) -> str:
    """Where an upstream takes a request; a name with its collection (``models/``, ``tunedModels/``) keeps it."""
    name = model if model.startswith((_COLLECTION, "tunedModels/")) else f"{_COLLECTION}{model}"
    method = "streamGenerateContent?alt=sse" if stream else "generateContent"
    return f"/v1beta/{quote(name)}:{method}"
