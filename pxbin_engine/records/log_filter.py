"""What one asks of the log: conditions on requests, and whether a request meets them.

The log's SQL (``storage.request_filters``) gives every condition the meaning that ``fits`` gives it here, so that a live view
and a page of the log agree.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from pxbin_engine.records.requests import RequestRecord

FilterWord = Literal[
    "model", "asked", "key", "client", "upstream", "session", "agent", "outcome", "format", "stream",
    "status", "cost", "latency", "ttft", "tokens", "recording", "text",
]  # fmt: skip
"""What a condition is about. ``tokens``: all of a request's. ``text``: the texts of ``READ_BY_TEXT`` together."""

Comparison = Literal["is", "has", "class", "unknown", ">=", ">", "<=", "<"]
"""``has``: as a part, in any case. ``class``: 400 means 400 to 499. ``unknown``: there is no value."""

ExportFormat = Literal["csv", "jsonl", "parquet"]
"""What the log can be written as; ``jsonl``: a JSON object a line."""

READ_BY_TEXT = (
    "error_message", "error_type", "model", "asked_model", "upstream_model", "session_id", "route_reason", "user_agent",
)  # fmt: skip
"""The fields of a row in which free text is looked for."""

GOOD_OUTCOMES = ("ok", "cancelled")


class Alternative(Struct, frozen=True):
    """One of the values that fit. Latencies are in milliseconds, costs decimals in dollars."""

    comparison: Comparison
    value: Any = None


class Condition(Struct, frozen=True):
    """Any of the alternatives fits or, where it is negated, none does."""

    word: FilterWord
    alternatives: tuple[Alternative, ...]
    negated: bool = False

    def holds(self, values: tuple[Any, ...]) -> bool:
        """Whether what a request has under this word meets it."""
        fitting = any(
            _COMPARE[one.comparison](value, one.value)
            for one in self.alternatives
            for value in values
        )
        return fitting != self.negated


class RequestFilter(Struct, frozen=True, kw_only=True):
    """Which rows of the log; all that is given holds together. ``status_code`` 400 means the whole class 4xx."""

    key_id: UUID | None = None
    upstream_id: UUID | None = None
    model: str | None = None
    """A substring, case-insensitive."""
    model_name: str | None = None
    """Exactly this model."""
    status_code: int | None = None
    errors_only: bool = False
    input_format: str | None = None
    session_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    conditions: tuple[Condition, ...] = ()
    """What was said in the log's language (``admin.log_query``)."""

    @property
    def reads_text(self) -> bool:
        """Whether it looks into texts that no index has, so that its range must be bounded."""
        return any(condition.word == "text" for condition in self.conditions)


class QueryProblem(Struct, frozen=True, kw_only=True):
    """What of a query was not understood: where it stands (characters from 0), why, and what may have been meant."""

    position: int
    length: int
    reason: str
    suggestion: str = ""

    @property
    def sentence(self) -> str:
        """For a person, in one line."""
        meant = f" Did you mean {self.suggestion}?" if self.suggestion else ""
        return f"{self.reason}{meant}"


class ParsedQuery(Struct, frozen=True, kw_only=True):
    """A query as it was understood: the filter of what was, and a problem for each word that was not."""

    filter: RequestFilter
    problems: tuple[QueryProblem, ...] = ()


class RequestPage(Struct, frozen=True, kw_only=True):
    """Newest first. ``next_cursor`` is None on the last page; ``total`` counts all rows of the filter.

    Where text was looked for, ``searched_since`` and ``searched_until`` say in which range.
    """

    items: tuple[RequestRecord, ...]
    total: int
    next_cursor: str | None = None
    searched_since: datetime | None = None
    searched_until: datetime | None = None


def fits(where: RequestFilter, record: RequestRecord) -> bool:
    """Whether the log shows ``record`` under this filter."""
    return (
        all(
            meets(record, value)
            for name, meets in _FIELDS
            if (value := getattr(where, name)) is not None
        )
        and not (where.errors_only and record.outcome in GOOD_OUTCOMES)
        and all(condition.holds(VALUES[condition.word](record)) for condition in where.conditions)
    )


VALUES: dict[FilterWord, Callable[[RequestRecord], tuple[Any, ...]]] = {
    "model": lambda row: (row.model,),
    "asked": lambda row: (row.asked_model or row.model,),
    "key": lambda row: (row.key_name,),
    "client": lambda row: (row.client_name,),
    "upstream": lambda row: (row.upstream_name,),
    "session": lambda row: (row.session_id,),
    "agent": lambda row: (row.agent_id,),
    "outcome": lambda row: (row.outcome,),
    "format": lambda row: (row.input_format,),
    "stream": lambda row: (row.stream,),
    "status": lambda row: (row.status_code,),
    "cost": lambda row: (row.cost,),
    "latency": lambda row: (row.latency_ms,),
    "ttft": lambda row: (row.ttft_ms,),
    "tokens": lambda row: (
        row.input_tokens + row.output_tokens + row.cache_read_tokens + row.cache_creation_tokens,
    ),
    "recording": lambda row: (row.recording,),
    "text": lambda row: tuple(getattr(row, name) for name in READ_BY_TEXT),
}
"""What a request has under each word; where there are several values, any may fit."""


def _has(text: str | None, part: str) -> bool:
    return text is not None and part.lower() in text.lower()


def _has_status(record: RequestRecord, status: int) -> bool:
    last = status + 99 if status % 100 == 0 else status
    return status <= record.status_code <= last


_COMPARE: dict[Comparison, Callable[[Any, Any], bool]] = {
    "is": lambda value, wanted: bool(value == wanted),
    "has": _has,
    "class": lambda value, first: bool(first <= value < first + 100),
    "unknown": lambda value, _: value is None,
    ">=": lambda value, bound: value is not None and value >= bound,
    ">": lambda value, bound: value is not None and value > bound,
    "<=": lambda value, bound: value is not None and value <= bound,
    "<": lambda value, bound: value is not None and value < bound,
}

_FIELDS: tuple[tuple[str, Callable[[RequestRecord, Any], bool]], ...] = (
    ("key_id", lambda row, value: row.llm_key_id == value),
    ("upstream_id", lambda row, value: row.upstream_id == value),
    ("model", lambda row, value: _has(row.model, value)),
    ("model_name", lambda row, value: row.model == value),
    ("status_code", _has_status),
    ("input_format", lambda row, value: row.input_format == value),
    ("session_id", lambda row, value: row.session_id == value),
    ("since", lambda row, value: row.timestamp >= value),
    ("until", lambda row, value: row.timestamp < value),
)
"""What a row must meet under each field of the filter that is given."""
