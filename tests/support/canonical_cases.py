"""Reads canonical requests that corpus cases keep as JSON."""

import json
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, structs

from pxbin_engine.protocol.request import FunctionTool, Request


def load_request(file: Path) -> Request:
    """The request in a file; msgspec cannot decode ``Raw | None``, so schemas are put in afterwards."""
    tree: dict[str, Any] = json.loads(file.read_text("utf-8"))
    schemas = [tool.pop("parameters", None) for tool in tree.get("tools", ())]
    schema = tree.get("output_format", {}).pop("schema", None)
    request = msgspec.json.decode(_compact(tree), type=Request)
    tools = tuple(
        structs.replace(tool, parameters=_raw(found)) if isinstance(tool, FunctionTool) else tool
        for tool, found in zip(request.tools, schemas, strict=True)
    )
    request = structs.replace(request, tools=tools)
    if request.output_format is None:
        return request
    return structs.replace(
        request, output_format=structs.replace(request.output_format, schema=_raw(schema))
    )


def _raw(tree: Any) -> Raw | None:
    return None if tree is None else Raw(_compact(tree))


def _compact(tree: Any) -> bytes:
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False).encode()
