"""Filter words -> ``RequestFilter``, and whether a request that just happened fits one. No Qt here.

Words are ``model:glm status:>=400 key:laptop client:codex upstream:z.ai format:responses session:<id>``, in any order,
all of which must hold; a bare word is a model. A value with spaces stands in quotes: ``key:"my laptop"``. What is not understood is told.
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from pxbin_engine.events import RequestStarted
from pxbin_engine.records import RequestFilter, RequestRecord

_TEXT_FIELDS = {
    "model": "model",
    "key": "key_name",
    "client": "client_name",
    "upstream": "upstream_name",
    "session": "session_id",
}
WORDS = ("model:", "status:", "key:", "client:", "upstream:", "format:", "session:")
_FORMATS = {
    "anthropic": "anthropic",
    "messages": "anthropic",
    "openai": "openai",
    "chat": "openai",
    "responses": "openai-responses",
    "openai-responses": "openai-responses",
    "gemini": "gemini",
}
"""What a client may have spoken, by the words that are understood for it."""
_STATUS = re.compile(r"(?P<sign>>=|<=|>|<|=)?(?P<code>\d{3})|(?P<class>[1-5])xx", re.IGNORECASE)
_GOOD_OUTCOMES = ("ok", "cancelled")

PERIODS: dict[str, tuple[str, timedelta | None]] = {
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("Last 24 hours", timedelta(hours=24)),
    "7d": ("Last 7 days", timedelta(days=7)),
    "30d": ("Last 30 days", timedelta(days=30)),
    "all": ("Any time", None),
}


@dataclass(frozen=True)
class Query:
    """What was typed: the conditions understood, and a sentence for each word that was not."""

    conditions: RequestFilter
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the person chose in all controls of the filter; empty: any."""

    words: str = ""
    period: str = "24h"
    model: str = ""
    key_id: str = ""
    errors_only: bool = False

    @property
    def narrow(self) -> bool:
        """Whether it hides anything but age."""
        return Choice(period=self.period) != self

    def conditions(self, now: datetime) -> RequestFilter:
        """All of it as one filter, its period reaching back from ``now``."""
        back = PERIODS[self.period][1]
        return replace(
            parse(self.words).conditions,
            model_name=self.model or None,
            key_id=UUID(self.key_id) if self.key_id else None,
            errors_only=self.errors_only,
            since=now - back if back else None,
        )


def parse(text: str) -> Query:
    """Understand what was typed into the search field."""
    given: dict[str, Any] = {}
    problems: list[str] = []
    for word in _split(text):
        fields = _conditions(word)
        if isinstance(fields, str):
            problems.append(fields)
        elif given.keys() & fields.keys():
            problems.append(f"“{word}” asks twice for the same.")
        else:
            given |= fields
    return Query(RequestFilter(**given), tuple(problems))


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote is still open while it is being typed
        return text.replace('"', "").replace("'", "").split()


def _conditions(word: str) -> dict[str, Any] | str:
    """The fields of the filter that ``word`` sets, or the sentence that says why it sets none."""
    name, colon, value = word.partition(":")
    if not colon:
        return {"model": word}
    if not value:
        return f"“{word}” needs a value after the colon."
    if name.lower() == "status":
        return _status(value)
    if name.lower() == "format":
        return _format(value)
    if name.lower() in _TEXT_FIELDS:
        return {_TEXT_FIELDS[name.lower()]: value}
    return f"“{name}:” is no filter. There are {', '.join(WORDS)}"


def _format(value: str) -> dict[str, Any] | str:
    spoken = _FORMATS.get(value.lower())
    if spoken is None:
        return f"“format:{value}” is no format: there are messages, chat, responses and gemini."
    return {"input_format": spoken}


def _status(value: str) -> dict[str, Any] | str:
    match = _STATUS.fullmatch(value)
    if match is None:
        return f"“status:{value}” is no status: write 429, 4xx or >=400."
    if match["class"]:
        first = int(match["class"]) * 100
        return {"status_from": first, "status_to": first + 99}
    code = int(match["code"])
    ranges: dict[str, dict[str, Any]] = {
        ">=": {"status_from": code},
        ">": {"status_from": code + 1},
        "<=": {"status_to": code},
        "<": {"status_to": code - 1},
    }
    return ranges.get(match["sign"] or "", {"status_from": code, "status_to": code})


def fits(where: RequestFilter, record: RequestRecord) -> bool:
    """Whether the log would show ``record`` under this filter: the same conditions as the database's."""
    return all(
        condition(record, getattr(where, name))
        for name, condition in _RECORD_CONDITIONS.items()
        if getattr(where, name) is not None
    ) and not (where.errors_only and record.outcome in _GOOD_OUTCOMES)


def may_fit(where: RequestFilter, started: RequestStarted, key_name: str | None = None) -> bool:
    """Whether a request in flight belongs under this filter, by what is known of it yet.

    Args:
        key_name: the name of the filter's ``key_id``; an event knows names only.
    """
    later = (where.status_code, where.status_from, where.status_to, where.upstream_id)
    if where.errors_only or where.input_format or where.session_id or any(later):
        return False
    return (
        (key_name is None or started.key_name == key_name)
        and (where.model_name is None or started.model == where.model_name)
        and _within(where.model, started.model)
        and _within(where.key_name, started.key_name)
        and _within(where.client_name, started.client_name)
        and _within(where.upstream_name, started.upstream_name)
    )


def _within(part: str | None, text: str) -> bool:
    return part is None or part.lower() in text.lower()


def _has_status(record: RequestRecord, status: int) -> bool:
    last = status + 99 if status % 100 == 0 else status
    return status <= record.status_code <= last


_RECORD_CONDITIONS: dict[str, Callable[[RequestRecord, Any], bool]] = {
    "key_id": lambda record, value: record.llm_key_id == value,
    "upstream_id": lambda record, value: record.upstream_id == value,
    "model": lambda record, value: _within(value, record.model),
    "model_name": lambda record, value: record.model == value,
    "key_name": lambda record, value: _within(value, record.key_name),
    "client_name": lambda record, value: _within(value, record.client_name),
    "upstream_name": lambda record, value: _within(value, record.upstream_name),
    "status_code": _has_status,
    "status_from": lambda record, value: record.status_code >= value,
    "status_to": lambda record, value: record.status_code <= value,
    "input_format": lambda record, value: record.input_format == value,
    "session_id": lambda record, value: record.session_id == value,
    "since": lambda record, value: record.timestamp >= value,
    "until": lambda record, value: record.timestamp < value,
}
