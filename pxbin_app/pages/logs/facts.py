"""What the detail pane says of a request, as plain text. No Qt here."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import msgspec

from pxbin_app.request_rows import names_of_model
from pxbin_app.widgets.format import (
    count,
    date_and_clock,
    duration,
    microseconds,
    money,
    percent,
)
from pxbin_engine.events import RequestStarted
from pxbin_engine.records import AttemptRecord, LossRecord, RequestRecord

Fact = tuple[str, str]
Group = tuple[str, list[Fact]]
"""Facts under a title."""
Row = RequestRecord | RequestStarted

_FORMATS = {
    "anthropic": "Anthropic Messages",
    "openai": "Chat Completions",
    "openai-responses": "Responses",
    "gemini": "Gemini",
}
_OUTCOMES = {
    "ok": "The client has the whole answer",
    "client_error": "The upstream refused the request's content",
    "upstream_error": "The upstream failed before a byte went out",
    "stream_error": "The answer broke off after it had begun",
    "cancelled": "The client went away",
    "refused": "pxbin refused it",
}
_REFUSED = {
    "budget_exceeded": "A budget is used up: pxbin did not send it",
    "budget_unchecked": "A budget could not be checked: pxbin did not send it",
}
"""Refusals of pxbin's own that have words of their own, by the type of their error."""
_PRICES = {
    "model": "your own",
    "published": "published",
    "upstream": "listed by its upstream",
    "unknown": "unknown",
}
NO_PRICE = "unknown: no price for this model"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One of a list: an attempt, a loss."""

    title: str
    note: str = ""
    text: str = ""
    tone: Literal["ok", "err", "warn", "neutral"] = "neutral"


def headline(row: Row) -> list[Fact]:
    """The four facts that one looks for first."""
    if isinstance(row, RequestStarted):
        return [("Upstream", row.upstream_name), ("Client", row.client_name), ("Key", row.key_name)]
    return [
        ("Model", " → ".join(names_of_model(row)) if row.asked_model else ""),
        ("Why there", row.route_reason),
        ("Route", route(row)),
        ("Upstream", upstream(row)),
        ("Tokens", _tokens(row)),
        ("Cost", money(row.cost) if row.cost is not None else NO_PRICE),
    ]


def route(record: RequestRecord) -> str:
    """From the client's protocol to the upstream's."""
    came = _FORMATS.get(record.input_format, record.input_format)
    went = _FORMATS.get(record.output_format, record.output_format)
    if not went:
        return f"{came}, not routed" if came else "not routed"
    return f"{came} → {went}" if came != went else f"{came}, passed through"


def upstream(record: RequestRecord) -> str:
    """Where it went, and the model's name there."""
    return " · ".join(filter(None, (record.upstream_name, record.upstream_model)))


def _tokens(record: RequestRecord) -> str:
    if not _used(record):
        return "none"
    whole = record.input_tokens + record.cache_read_tokens + record.cache_creation_tokens
    cached = record.cache_read_tokens / whole if record.cache_read_tokens else 0
    share = f" ({percent(cached)} cached)" if cached else ""
    estimated = ", estimated" if record.usage_estimated else ""
    return f"{count(whole)} in{share} · {count(record.output_tokens)} out{estimated}"


def _price(record: RequestRecord) -> str:
    """Whose price it was, as what the answer was sold, and since when that price holds."""
    since = record.price_valid_from
    parts = (
        _PRICES[record.price_source],
        record.service_tier,
        f"since {date_and_clock(since)}" if since else "",
    )
    return ", ".join(part for part in parts if part)


def _used(record: RequestRecord) -> bool:
    whole = record.input_tokens + record.cache_read_tokens + record.cache_creation_tokens
    return whole + record.output_tokens > 0


def overview(record: RequestRecord) -> list[Group]:
    """Everything else: the tokens and what each class cost, the times, who asked and how it ended."""
    return [
        (
            "Tokens and cost",
            [
                ("Input", _class(record.input_tokens, record.cost_input)),
                ("Cached", _class(record.cache_read_tokens, record.cost_cache_read)),
                ("Cache write", _cache_write(record)),
                ("Output", _class(record.output_tokens, record.cost_output)),
                ("Thinking", _thinking(record)),
                ("Price", _price(record) if _used(record) else ""),
            ],
        ),
        (
            "Time",
            [
                ("Arrived", date_and_clock(record.timestamp)),
                ("First token", duration(record.ttft_ms) if record.ttft_ms is not None else ""),
                ("Last byte", duration(record.latency_ms)),
                ("pxbin’s own", microseconds(record.overhead_us)),
            ],
        ),
        (
            "Request",
            [
                ("Outcome", outcome(record)),
                ("Translation", no_losses(record) if not record.losses else ""),
                ("Stopped by", (record.stop_reason or "").replace("_", " ")),
                ("Asked", f"{record.method} {record.path}{_streamed(record)}"),
                ("Key", record.key_name),
                ("Upstream key", record.attempts[-1].key_label if record.attempts else ""),
                ("Client", record.client_name),
                ("From", record.remote_addr),
                ("Session", record.session_id or ""),
                ("Agent", record.agent_id or ""),
                ("Repeats", str(record.metadata.get("replay_of", ""))),
                ("Id", str(record.id)),
            ],
        ),
    ]


def outcome(record: RequestRecord) -> str:
    """How it ended, in a sentence."""
    if record.outcome == "refused" and record.error_type in _REFUSED:
        return _REFUSED[record.error_type]
    return _OUTCOMES[record.outcome]


def live_overview(started: RequestStarted) -> list[Group]:
    """What is known before the end."""
    return [
        (
            "Request",
            [
                ("Arrived", date_and_clock(started.timestamp)),
                ("Asked", f"{started.path}{_streamed(started)}"),
                ("Id", str(started.id)),
            ],
        )
    ]


def _streamed(row: Row) -> str:
    return ", streamed" if row.stream else ""


def _thinking(record: RequestRecord) -> str:
    return f"{count(record.reasoning_tokens)} of the output" if record.reasoning_tokens else ""


def _class(tokens: int, cost: Decimal | None) -> str:
    if not tokens:
        return ""
    return f"{count(tokens)} · {money(cost) if cost is not None else 'unknown price'}"


def _cache_write(record: RequestRecord) -> str:
    text = _class(record.cache_creation_tokens, record.cost_cache_write)
    if text and record.cache_write_1h_tokens:
        text += f" ({count(record.cache_write_1h_tokens)} for an hour)"
    return text


def error(record: RequestRecord) -> str:
    """What went wrong, as the client was told; empty where nothing did. A budget's own sentence says all."""
    if record.error_type in _REFUSED and record.error_message:
        return record.error_message
    return " · ".join(filter(None, (record.error_type, record.error_message)))


def notable_attempts(record: RequestRecord) -> list[Entry]:
    """Every try, where the only one did not simply go well; that one is told by the upstream's name."""
    entries = attempts(record)
    return [] if [entry.tone for entry in entries] == ["ok"] else entries


def attempts(record: RequestRecord) -> list[Entry]:
    """Every try, in order: where, how it ended, why it was made or why it failed."""
    return [_attempt(number, one) for number, one in enumerate(record.attempts, start=1)]


def _attempt(number: int, attempt: AttemptRecord) -> Entry:
    name = " · ".join(filter(None, (attempt.upstream_name, attempt.upstream_model)))
    good = attempt.error is None and attempt.status is not None and attempt.status < 400
    passed_over = attempt.status is None and not attempt.took_ms
    status = str(attempt.status) if attempt.status is not None else "no answer"
    took = "passed over" if passed_over else f"{status} in {duration(attempt.took_ms)}"
    began = f", {duration(attempt.started_ms)} after arrival" if attempt.started_ms >= 1 else ""
    key = f", key {attempt.key_label}" if attempt.key_label else ""
    return Entry(
        title=f"{number}. {name}",
        note=f"{took}{began}{key}",
        text="\n".join(filter(None, (_sentence(attempt.reason), attempt.error))),
        tone="ok" if good else ("warn" if passed_over else "err"),
    )


def _sentence(reason: str) -> str:
    """``because Z.ai could not answer`` stands alone here."""
    return (
        f"{reason[:1].upper()}{reason[1:]}{'' if reason.endswith('.') else '.'}" if reason else ""
    )


def losses(record: RequestRecord) -> list[Entry]:
    """What the translation could not carry: first of the request, then of the answer; one reason is told once."""
    places: dict[tuple[str, str], list[str]] = {}
    for loss in sorted(record.losses, key=_is_of_answer):
        side = "Of the answer" if _is_of_answer(loss) else "Of the request"
        places.setdefault((side, loss.reason), []).append(loss.path)
    return [
        Entry(title=_few(paths), note=side, text=reason, tone="warn")
        for (side, reason), paths in places.items()
    ]


def _is_of_answer(loss: LossRecord) -> bool:
    """What the client's dialect cannot hold of an answer has a path that begins so (``protocol.dialect``)."""
    return loss.path.startswith("answer")


_MOST_PATHS = 4


def _few(paths: list[str]) -> str:
    """The paths under one another, and how many more there are."""
    more = len(paths) - _MOST_PATHS
    told = "\n".join(paths[:_MOST_PATHS] if more > 1 else paths)
    return (f"{told}\nand {more} more" if more > 1 else told) or "Elsewhere"


def no_losses(record: RequestRecord) -> str:
    """The sentence in place of an empty list of losses."""
    if record.input_format == record.output_format:
        return "Passed through as it came: nothing was translated."
    return "Nothing was lost in translation." if record.output_format else "Nothing was sent on."


def raw(row: Row) -> str:
    """The row as JSON."""
    return msgspec.json.encode(row).decode()
