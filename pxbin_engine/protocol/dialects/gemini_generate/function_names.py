"""Names of functions as Gemini takes them, the same for ever so that prompt caches hold, and undone from the request alone.

A name begins with a letter or ``_`` and goes on with ``a-z A-Z 0-9 _ . : -``; 64 characters fit every model (the reference
of ``FunctionDeclaration.name``; newer models take 128).
"""

import re

from pxbin_engine.protocol.request import FunctionTool, Request
from pxbin_engine.protocol.wire_names import digest

_LEGAL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}\Z")
_ILLEGAL = re.compile(r"^[^a-zA-Z_]|[^a-zA-Z0-9_.:-]")


def wire_name(name: str) -> str:
    """The name as Gemini takes it; a legal one is itself."""
    if _LEGAL_NAME.match(name):
        return name
    return f"{_ILLEGAL.sub('_', name)[:55] or '_'}_{digest(name)[:8]}"


def original_names(request: Request) -> dict[str, str]:
    """Wire name -> the client's name, for the names that had to be changed."""
    names = [tool.name for tool in request.tools if isinstance(tool, FunctionTool)]
    return {wire_name(name): name for name in names if not _LEGAL_NAME.match(name)}
