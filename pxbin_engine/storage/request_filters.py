"""A filter of the log as SQL: the same rows as ``records.fits`` finds, every value a parameter."""

from collections.abc import Callable
from typing import Any

from pxbin_engine.records import Alternative, Condition, FilterWord, RequestFilter
from pxbin_engine.records.log_filter import READ_BY_TEXT

FAILED = "outcome not in ('ok', 'cancelled')"
REFUSED = "status_code >= 400"
"""Said as the partial indexes say it, so that they serve also where the condition says it with parameters."""

COLUMNS: dict[FilterWord, tuple[str, ...]] = {
    "model": ("model",),
    "asked": ("coalesce(nullif(asked_model, ''), model)",),
    "key": ("key_name",),
    "client": ("client_name",),
    "upstream": ("upstream_name",),
    "session": ("session_id",),
    "agent": ("agent_id",),
    "outcome": ("outcome",),
    "format": ("input_format",),
    "stream": ("stream",),
    "status": ("status_code",),
    "cost": ("cost",),
    "latency": ("latency_ms",),
    "ttft": ("ttft_ms",),
    "tokens": (
        "(input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens)",
    ),
    "recording": ("recording",),
    "text": READ_BY_TEXT,
}
"""What each word is in the table; where there are several, any may fit."""

_COMPARISONS = {
    "is": "{column} = {value}",
    "has": "position(lower({value}) in lower({column})) > 0",
    "class": "{column} between {value} and {value} + 99",
    "unknown": "{column} is null",
    ">=": "{column} >= {value}",
    ">": "{column} > {value}",
    "<=": "{column} <= {value}",
    "<": "{column} < {value}",
}


def sql_of(where: RequestFilter) -> tuple[list[str], list[Any]]:
    """``where`` as conditions with numbered places, and their values; at least one condition."""
    values: list[Any] = []

    def place(value: Any) -> str:
        values.append(value)
        return f"${len(values)}"

    sql = ["true", *_fields(where, place)]
    for condition in where.conditions:
        sql += _condition(condition, place)
    return sql, values


def sql_of_names(where: RequestFilter) -> tuple[list[str], list[Any]]:
    """What ``where`` says of a model's name, as conditions on ``model`` alone; none where it asks for no part of one."""
    values: list[Any] = []

    def place(value: Any) -> str:
        values.append(value)
        return f"${len(values)}"

    said = [condition for condition in where.conditions if condition.word == "model"]
    parts = [one for condition in said if not condition.negated for one in condition.alternatives]
    if where.model is None and not any(one.comparison == "has" for one in parts):
        return [], []
    about_models = RequestFilter(model=where.model, model_name=where.model_name)
    sql = _fields(about_models, place)
    for condition in said:
        sql += _condition(condition, place)
    return sql, values


def _fields(where: RequestFilter, place: Callable[[Any], str]) -> list[str]:
    status = where.status_code
    is_class = status is not None and status % 100 == 0
    given: tuple[tuple[str, Any], ...] = (
        ("llm_key_id = {}", where.key_id),
        ("upstream_id = {}", where.upstream_id),
        ("position(lower({}) in lower(model)) > 0", where.model),
        ("model = {}", where.model_name),
        ("status_code between {0} and {0} + 99" if is_class else "status_code = {}", status),
        ("input_format = {}", where.input_format),
        ("session_id = {}", where.session_id),
        ("timestamp >= {}", where.since),
        ("timestamp < {}", where.until),
    )
    sql = [text.format(place(value)) for text, value in given if value is not None]
    if status is not None and status >= 400:
        sql.append(REFUSED)
    return [*sql, FAILED] if where.errors_only else sql


def _condition(condition: Condition, place: Callable[[Any], str]) -> list[str]:
    any_fits = " or ".join(
        _COMPARISONS[one.comparison].format(column=column, value=at)
        for one in condition.alternatives
        for at in ("" if one.comparison == "unknown" else place(one.value),)
        for column in COLUMNS[condition.word]
    )
    if condition.negated:
        return [f"({any_fits}) is not true", *_hint(condition)]
    return [f"({any_fits})", *_hint(condition)]


def _hint(condition: Condition) -> list[str]:
    """What the condition implies, where an index is made for that."""
    values = {one.value for one in condition.alternatives}
    if condition.word == "outcome" and _only_failures(values, negated=condition.negated):
        return [FAILED]
    if condition.word == "status" and not condition.negated:
        return [REFUSED] if all(map(_is_refusal, condition.alternatives)) else []
    return []


def _only_failures(outcomes: set[Any], *, negated: bool) -> bool:
    good = {"ok", "cancelled"}
    return good <= outcomes if negated else not good & outcomes


def _is_refusal(one: Alternative) -> bool:
    return one.comparison in ("is", "class", ">=", ">") and one.value >= 400
