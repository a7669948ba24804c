"""In which directory a coding agent works, as it tells its model in every prompt.

Where it stands was seen on the wire: in the environment that Claude Code 2.1, Codex 0.169, OpenCode 1.18 and Gemini CLI 0.61
describe, whatever API they speak. Only what is known to tell it is searched, only once for each agent of a session,
after its answer has gone out, and nothing of the prompt is kept but the path.
"""

import re
from collections import OrderedDict
from typing import NamedTuple

import msgspec

from pxbin_engine.gateway.client_names import without_version
from pxbin_engine.gateway.exchange import LONGEST_NAME, Exchange, storable_name

_SEARCHED = 1024 * 1024
"""Bytes of a body, from its start: an environment stands before the conversation or soon in it."""

_REMEMBERED = 2048
"""Agents whose directory is known; the one that was silent longest is forgotten first."""


class _Marks(NamedTuple):
    """What stands before the path, as the bytes of a JSON text, and what ends it in the text itself."""

    before: tuple[bytes, ...]
    after: re.Pattern[str]


_LINE = re.compile(r"[\r\n]")
_MARKS = {
    "Claude Code": _Marks((b"Primary working directory: ", b"<env>\\nWorking directory: "), _LINE),
    "Codex": _Marks((b"<environment_context>\\n  <cwd>",), re.compile("</cwd>")),
    "opencode": _Marks((b"<env>\\n  Working directory: ",), _LINE),
    "Gemini CLI": _Marks((b"**Workspace Directories:**\\n  - ",), _LINE),
}


class ProjectDirectories:
    """Remembers what agents told, so that a long conversation is not searched again with each turn."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()

    def told_by(self, exchange: Exchange, body: bytes) -> str:
        """The directory that the agent of this request works in; empty where it does not say."""
        client = without_version(exchange.client_name)
        if client not in _MARKS or exchange.key is None:
            return ""
        if exchange.session_id is None:
            return project_directory(client, body)
        agent = (exchange.session_id, exchange.agent_id or "")
        known = self._known.get(agent) or project_directory(client, body)
        if known:
            self._known[agent] = known
            self._known.move_to_end(agent)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known


def project_directory(client: str, body: bytes) -> str:
    """The path that ``client`` (its name without a version) tells in this body; empty where there is none."""
    marks = _MARKS[client]
    for mark in marks.before:
        at = body.find(mark, 0, _SEARCHED)
        if at >= 0:
            return _path(body[at + len(mark) : at + len(mark) + 4 * LONGEST_NAME], marks.after)
    return ""


_REST_OF_TEXT = re.compile(rb'[^"\\]*(?:\\(?:u[0-9a-fA-F]{4}|[^u])[^"\\]*)*')


def _path(rest: bytes, end: re.Pattern[str]) -> str:
    """The beginning of ``rest``, which is the inside of a JSON text and may be cut anywhere."""
    inside = _REST_OF_TEXT.match(rest)
    try:
        text: str = msgspec.json.decode(b'"%s"' % (inside[0] if inside else b""), type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""  # not the text of a prompt after all, or cut within a letter
    return storable_name(end.split(text, 1)[0].strip())
