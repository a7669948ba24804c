"""Names and keys in the shape that OpenAI and those who follow it take, the same for ever so that prompt caches hold.

A tool's name is 1 to 64 characters of ``a-z A-Z 0-9 _ -`` (OpenAI's reference, ``tools[].function.name``). Another name
becomes a shortened one with a hash of the whole, and the answer's name is undone from the request alone.
"""

import hashlib
import re
from functools import lru_cache

from pxbin_engine.protocol.request import FunctionTool, Request

_LEGAL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
_ILLEGAL = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_KEY = 64


@lru_cache(maxsize=1024)  # an agent sends the same forty names with every request
def wire_name(name: str) -> str:
    """The name as every upstream takes it; a legal one is itself."""
    if _LEGAL_NAME.match(name):
        return name
    return f"{_ILLEGAL.sub('_', name)[:55]}_{digest(name)[:8]}"


def original_names(request: Request) -> dict[str, str]:
    """Wire name -> the client's name, for the names that had to be changed."""
    names = [tool.name for tool in request.tools if isinstance(tool, FunctionTool)]
    return {wire: name for name in names if (wire := wire_name(name)) != name}


def wire_key(key: str) -> str:
    """OpenAI refuses keys of more than 64 characters; Claude Code's user id is a JSON text of 150."""
    return key if len(key) <= _LONGEST_KEY else digest(key)


def digest(text: str) -> str:
    """64 letters and digits that stand for the text."""
    return hashlib.sha256(text.encode()).hexdigest()
