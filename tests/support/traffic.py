"""A log and its statistics in memory, and a day of believable requests: what Logs and Dashboard are tested with."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from msgspec.structs import replace

from pxbin_engine.admin.requests import RequestAdmin
from pxbin_engine.errors import NotFound, PxbinError
from pxbin_engine.events import RequestStarted
from pxbin_engine.gateway.client_names import without_version
from pxbin_engine.records import (
    AttemptRecord,
    ClientBucket,
    ClientUsage,
    KeyBucket,
    KeyUsage,
    LatencyStats,
    LossRecord,
    ModelBucket,
    ModelUsage,
    Recording,
    RequestFilter,
    RequestPage,
    RequestRecord,
    SpendForecast,
    StatsOverview,
    UpstreamUsage,
    UsageBucket,
    fits,
)
from pxbin_engine.storage.recordings import RecordingStore
from pxbin_engine.storage.requests import RequestStore
from tests.support.database import uuid7
from tests.support.fake_engine import NOW

# name, upstream, its name there, its format, dollars per million tokens in and out, how often it is asked
MODELS = (
    ("claude-sonnet-4-5", "Anthropic", "claude-sonnet-4-5", "anthropic", 3, 15, 9),
    ("gpt-5.2-mini", "OpenAI", "gpt-5.2-mini", "openai-responses", 1.75, 14, 6),
    ("gemini-3-pro", "Google", "gemini-3-pro", "gemini", 2, 12, 3),
    ("glm-4.6", "Z.ai", "glm-4.6", "openai", 0.6, 2.2, 4),
    ("claude-haiku-4-5", "Z.ai", "glm-4.5-air", "openai", 0.2, 1.1, 4),
    ("deepseek-v3.2", "DeepSeek", "deepseek-chat", "openai", 0.28, 0.42, 2),
    ("qwen3-coder:30b", "Ollama", "qwen3-coder:30b", "openai", None, None, 1),
)
# name, the path that it asks at, its format
CLAUDE_CODE = ("Claude Code 2.1.330", "/v1/messages", "anthropic")
OPENCODE = ("OpenCode 1.18.33", "/v1/chat/completions", "openai")
CODEX = ("Codex 0.169.0", "/v1/responses", "openai-responses")
GEMINI_CLI = ("Gemini CLI 0.61.0", "/v1beta/models/{model}:streamGenerateContent", "gemini")
CLIENTS = (CLAUDE_CODE, OPENCODE, CODEX, GEMINI_CLI, CLAUDE_CODE, CLAUDE_CODE)
LOSSES = (
    LossRecord("tools[3].cache_control", "The upstream has no cache marks."),
    LossRecord(
        "tools[14]",
        "The upstream cannot search the web, so the tool was left out. "
        "Set web_search_provider to searxng or brave, and pxbin searches for it.",
    ),
)
UPSTREAMS = {
    name: UUID(int=number)
    for number, name in enumerate(
        ("Anthropic", "OpenAI", "Z.ai", "DeepSeek", "Ollama", "Google"), start=1
    )
}


def started(record: RequestRecord) -> RequestStarted:
    """The event that told of this request's beginning."""
    return RequestStarted(
        id=record.id,
        timestamp=record.timestamp,
        path=record.path,
        model=record.model,
        upstream_name=record.upstream_name,
        key_name=record.key_name,
        client_name=record.client_name,
        stream=record.stream,
    )


def a_days_requests(number: int = 400, *, now: datetime = NOW) -> list[RequestRecord]:
    """So many requests before ``now``, oldest first; the same every time."""
    dice = random.Random(7)
    gaps = [dice.expovariate(1 / 40) for _ in range(number)]
    at = now - timedelta(seconds=sum(gaps))
    records = []
    for gap in gaps:
        at += timedelta(seconds=gap)
        records.append(_a_request(dice, at))
    return records


def _a_request(dice: random.Random, at: datetime) -> RequestRecord:
    model, upstream, name, form, price_in, price_out, _ = dice.choices(
        MODELS, [one[-1] for one in MODELS]
    )[0]
    client, path, spoken = CODEX if "mini" in model else dice.choice(CLIENTS)
    claude = spoken == "anthropic"
    common: dict[str, Any] = {
        "id": uuid7(at),
        "timestamp": at,
        "method": "POST",
        "path": path.format(model=model),
        "input_format": spoken,
        "output_format": form,
        "model": model,
        "upstream_model": name,
        "upstream_id": UPSTREAMS[upstream],
        "upstream_name": upstream,
        "llm_key_id": UUID(int=17 if claude else 18),
        "key_name": "Claude Code laptop" if claude else "CI",
        "stream": True,
        "session_id": "7f3c9a52-1f6e-4c0e-9d7b-0a4f5f7b2c11" if claude else None,
        "client_name": client,
        "remote_addr": "127.0.0.1",
        "overhead_us": dice.randint(280, 1900),
    }
    fate = dice.random()
    if fate < (0.05 if upstream == "Z.ai" else 0.012):
        return RequestRecord(**common | _failed(upstream, name, 500 if fate < 0.004 else 429, dice))
    fresh, cached = dice.randint(300, 9000), dice.randint(0, 40) * 1000
    out = dice.randint(40, 1900)
    ttft, streaming = dice.uniform(350, 2400), out * dice.uniform(6, 11)
    priced = price_in is not None and price_out is not None
    cost_in = Decimal(str(price_in or 0)) * fresh / 1_000_000
    cost_cached = Decimal(str(price_in or 0)) * cached / 10_000_000
    cost_out = Decimal(str(price_out or 0)) * out / 1_000_000
    translated = common["input_format"] != form
    return RequestRecord(
        **common,
        status_code=200,
        stop_reason=dice.choice(("end_turn", "tool_use")),
        input_tokens=fresh,
        cache_read_tokens=cached,
        output_tokens=out,
        reasoning_tokens=out // 3 if model.startswith("glm") else 0,
        cost=cost_in + cost_cached + cost_out if priced else None,
        cost_input=cost_in if priced else None,
        cost_cache_read=cost_cached if priced else None,
        cost_output=cost_out if priced else None,
        cost_cache_write=Decimal(0),
        price_source="published" if priced else "unknown",
        ttft_ms=ttft,
        latency_ms=ttft + streaming,
        upstream_ms=ttft + streaming - 2,
        attempts=(
            AttemptRecord(
                upstream_id=UPSTREAMS[upstream],
                upstream_name=upstream,
                upstream_model=name,
                status=200,
                took_ms=ttft + streaming,
                reason=f"{upstream} is the first target of {model}.",
            ),
        ),
        losses=LOSSES if translated and claude and dice.random() < 0.5 else (),
    )


def _failed(upstream: str, name: str, status: int, dice: random.Random) -> dict[str, Any]:
    limited = status == 429
    reason = "Too many requests." if limited else "The upstream failed: internal error."
    tries = 1 if limited else 3
    return {
        "status_code": status,
        "outcome": "client_error" if limited else "upstream_error",
        "error_type": "rate_limit_error" if limited else "api_error",
        "error_message": f"{upstream} answered {status}: {reason}",
        "latency_ms": dice.uniform(90, 420) * tries,
        "upstream_ms": dice.uniform(80, 400) * tries,
        "cost": Decimal(0),
        "attempts": tuple(
            AttemptRecord(
                upstream_id=UPSTREAMS[upstream],
                upstream_name=upstream,
                upstream_model=name,
                status=status,
                error=reason,
                started_ms=number * 260.0,
                took_ms=dice.uniform(80, 240),
                reason="First target." if number == 0 else "Tried again after 200 ms.",
            )
            for number in range(tries)
        ),
    }


class MemoryRecordings:
    """As the table of recordings; ``failure`` is raised while it is set."""

    def __init__(self) -> None:
        self.held: dict[UUID, Recording] = {}
        self.asked: list[UUID] = []
        self.failure: PxbinError | None = None

    async def get(self, request_id: UUID) -> Recording | None:
        self.asked.append(request_id)
        if self.failure is not None:
            raise self.failure
        return self.held.get(request_id)

    async def erase_all(self) -> int:
        erased = len(self.held)
        self.held.clear()
        return erased


class MemoryLog(RequestAdmin):
    """``engine.requests`` over a list, which is its own store; ``failure`` is raised while it is set."""

    def __init__(self, records: Sequence[RequestRecord] = ()) -> None:
        self.recordings = MemoryRecordings()
        recordings = cast("RecordingStore", self.recordings)
        super().__init__(cast("RequestStore", self), recordings, clock=lambda: NOW)
        self.records = list(records)
        self.failure: PxbinError | None = None
        self.asked: list[tuple[RequestFilter, str | None]] = []

    async def page(
        self,
        filter: RequestFilter | None = None,  # noqa: A002  # the contract's word
        *,
        cursor: str | None = None,
        page: int | None = None,
        limit: int = 50,
    ) -> RequestPage:
        where = self.bounded(filter or RequestFilter())
        self.asked.append((where, cursor))
        items, next_cursor = await self.rows(where, cursor=cursor, limit=limit)
        return RequestPage(
            items=items,
            total=sum(fits(where, record) for record in self.records),
            next_cursor=next_cursor,
            searched_since=where.since if where.reads_text else None,
        )

    async def rows(
        self, where: RequestFilter, *, cursor: str | None = None, limit: int
    ) -> tuple[tuple[RequestRecord, ...], str | None]:
        """What ``RequestStore`` does; a cursor is a number of rows."""
        if self.failure is not None:
            raise self.failure
        fitting = [record for record in self.records if fits(where, record)]
        newest = sorted(fitting, key=lambda record: (record.timestamp, record.id), reverse=True)
        first = int(cursor or 0)
        last = first + limit
        return tuple(newest[first:last]), str(last) if last < len(newest) else None

    async def get(self, request_id: UUID) -> RequestRecord:
        for record in self.records:
            if record.id == request_id:
                return record
        raise NotFound(f"There is no request {request_id} in the log.")

    def record(self, recording: Recording) -> RequestRecord:
        """Keep what one of the requests said and heard; its row says so from now on."""
        number = next(n for n, one in enumerate(self.records) if one.id == recording.request_id)
        self.records[number] = replace(self.records[number], recording="kept")
        self.recordings.held[recording.request_id] = recording
        return self.records[number]


class MemoryStats:
    """``engine.stats`` computed from the rows of a ``MemoryLog``, whatever the period."""

    def __init__(self, log: MemoryLog, *, now: datetime = NOW) -> None:
        self._log = log
        self._now = now
        self.asked: list[str] = []

    def _records(self, asked: str) -> list[RequestRecord]:
        self.asked.append(asked)
        if self._log.failure is not None:
            raise self._log.failure
        return self._log.records

    async def overview(self, period: str) -> StatsOverview:
        records = self._records(f"overview {period}")
        errors = sum(map(_went_wrong, records))
        fresh = sum(record.input_tokens for record in records)
        cached = sum(record.cache_read_tokens for record in records)
        number = len(records) or 1
        return StatsOverview(
            total_requests=len(records),
            total_input_tokens=fresh,
            total_output_tokens=sum(record.output_tokens for record in records),
            total_cache_read_tokens=cached,
            cache_hit_rate=cached / (fresh + cached) if cached else 0.0,
            total_cost=_cost(records),
            unpriced_requests=sum(record.cost is None for record in records),
            avg_overhead_us=sum(record.overhead_us for record in records) / number,
            error_count=errors,
            error_rate=errors / number,
        )

    async def latency(self, period: str) -> LatencyStats:
        records = self._records(f"latency {period}")
        ttft = sorted(record.ttft_ms for record in records if record.ttft_ms is not None)
        whole = sorted(record.latency_ms for record in records)
        return LatencyStats(
            p50=_percentile(whole, 0.5),
            p95=_percentile(whole, 0.95),
            p99=_percentile(whole, 0.99),
            ttft_p50=_percentile(ttft, 0.5),
            ttft_p95=_percentile(ttft, 0.95),
        )

    async def by_upstream(self, period: str) -> tuple[UpstreamUsage, ...]:
        groups = defaultdict(list)
        for record in self._records(f"by_upstream {period}"):
            if record.upstream_id is not None:
                groups[record.upstream_id].append(record)
        return tuple(
            UpstreamUsage(
                upstream_id=upstream_id,
                upstream_name=records[-1].upstream_name,
                **_used(records),
                error_count=sum(map(_went_wrong, records)),
                p50_ttft_ms=_percentile(sorted(r.ttft_ms for r in records if r.ttft_ms), 0.5),
            )
            for upstream_id, records in groups.items()
        )

    async def by_model(self, period: str) -> tuple[ModelUsage, ...]:
        groups = _grouped(self._records(f"by_model {period}"), lambda record: record.model)
        usage = [ModelUsage(model=name, **_used(records)) for name, records in groups.items()]
        return tuple(sorted(usage, key=lambda one: -one.total_cost))

    async def by_key(self, period: str) -> tuple[KeyUsage, ...]:
        groups = _grouped(self._records(f"by_key {period}"), lambda record: record.key_name)
        usage = [
            KeyUsage(
                key_id=records[0].llm_key_id, key_prefix="pxb_0000", key_name=name, **_used(records)
            )
            for name, records in groups.items()
        ]
        return tuple(sorted(usage, key=lambda one: -one.total_cost))

    async def by_client(self, period: str) -> tuple[ClientUsage, ...]:
        groups = _grouped(self._records(f"by_client {period}"), _client)
        usage = [ClientUsage(client=name, **_used(records)) for name, records in groups.items()]
        return tuple(sorted(usage, key=lambda one: -one.total_cost))

    async def forecast(self, tz: str = "UTC") -> SpendForecast | None:
        spent = _cost(self._records(f"forecast {tz}"))
        if not self._log.records:
            return None
        month = self._now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return SpendForecast(
            month_start=month,
            month_end=(month + timedelta(days=31)).replace(day=1),
            spent=spent,
            pace=spent / 7,
            pace_days=7,
            total=spent * 2,
        )

    async def timeseries(
        self, period: str, interval: str, tz: str = "UTC"
    ) -> tuple[UsageBucket, ...]:
        groups = defaultdict(list)
        for record in self._records(f"timeseries {period} {interval} {tz}"):
            groups[_step(record.timestamp, interval)].append(record)
        return tuple(
            UsageBucket(
                bucket=bucket,
                requests=len(groups[bucket]),
                input_tokens=sum(record.input_tokens for record in groups[bucket]),
                output_tokens=sum(record.output_tokens for record in groups[bucket]),
                cache_read_tokens=sum(record.cache_read_tokens for record in groups[bucket]),
                cost=_cost(groups[bucket]),
                avg_latency_ms=_mean([record.latency_ms for record in groups[bucket]]) or 0.0,
                avg_ttft_ms=_mean([r.ttft_ms for r in groups[bucket] if r.ttft_ms is not None]),
                errors=sum(map(_went_wrong, groups[bucket])),
            )
            for bucket in self._steps(interval, period)
        )

    def _steps(self, interval: str, period: str) -> list[datetime]:
        step = {"1h": timedelta(hours=1), "1d": timedelta(days=1)}[interval]
        number = {"24h": 24, "7d": 7, "30d": 30}[period]
        last = _step(self._now, interval)
        return [last - step * back for back in range(number, -1, -1)]

    async def by_model_over_time(
        self, period: str, interval: str, tz: str = "UTC"
    ) -> tuple[ModelBucket, ...]:
        records = self._records(f"by_model_over_time {period} {interval} {tz}")
        found = _over_time(records, interval, lambda record: record.model)
        return tuple(ModelBucket(model=model, **sums) for model, sums in found)

    async def by_key_over_time(
        self, period: str, interval: str, tz: str = "UTC"
    ) -> tuple[KeyBucket, ...]:
        records = self._records(f"by_key_over_time {period} {interval} {tz}")
        found = _over_time(records, interval, lambda record: record.llm_key_id)
        return tuple(KeyBucket(key_id=key_id, **sums) for key_id, sums in found)

    async def by_client_over_time(
        self, period: str, interval: str, tz: str = "UTC"
    ) -> tuple[ClientBucket, ...]:
        records = self._records(f"by_client_over_time {period} {interval} {tz}")
        found = _over_time(records, interval, _client)
        return tuple(ClientBucket(client=client, **sums) for client, sums in found)


def _over_time(
    records: Sequence[RequestRecord], interval: str, by: Callable[[RequestRecord], Any]
) -> list[tuple[Any, dict[str, Any]]]:
    groups: dict[tuple[datetime, Any], list[RequestRecord]] = defaultdict(list)
    for record in records:
        groups[_step(record.timestamp, interval), by(record)].append(record)
    return [
        (which, {"bucket": bucket, "requests": len(found), "cost": _cost(found)})
        for (bucket, which), found in sorted(groups.items(), key=str)
    ]


def _client(record: RequestRecord) -> str:
    return without_version(record.client_name)


def _cost(records: Sequence[RequestRecord]) -> Decimal:
    return sum((record.cost or Decimal(0) for record in records), Decimal(0))


def _grouped(
    records: Sequence[RequestRecord], by: Callable[[RequestRecord], str]
) -> dict[str, list[RequestRecord]]:
    groups: dict[str, list[RequestRecord]] = defaultdict(list)
    for record in records:
        groups[by(record)].append(record)
    return groups


def _used(records: Sequence[RequestRecord]) -> dict[str, Any]:
    return {
        "total_requests": len(records),
        "total_input_tokens": sum(record.input_tokens for record in records),
        "total_output_tokens": sum(record.output_tokens for record in records),
        "total_cost": _cost(records),
        "unpriced_requests": sum(record.cost is None for record in records),
        "avg_latency_ms": _mean([record.latency_ms for record in records]) or 0.0,
    }


def _went_wrong(record: RequestRecord) -> bool:
    return record.outcome not in ("ok", "cancelled")


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[round((len(ordered) - 1) * share)] if ordered else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _step(moment: datetime, interval: str) -> datetime:
    whole = {"minute": 0, "second": 0, "microsecond": 0}
    return moment.replace(**whole | ({"hour": 0} if interval == "1d" else {}))  # type: ignore[arg-type]
