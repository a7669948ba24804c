"""Where a request's time went, step by step. No Qt here."""

from dataclasses import dataclass

from pxbin_engine.records import AttemptRecord, RequestRecord

MOST_ATTEMPTS = 4
"""Each has its own line; of more, those in the middle are told as one."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of a request's time: milliseconds since it arrived, and how long; None: not reached."""

    label: str
    start_ms: float
    took_ms: float | None
    series: int


_ANSWER, _WAITING, _OWN, _FAILED = 0, 1, 2, 3
"""The colours, as those of a chart's series."""


def steps(record: RequestRecord) -> list[Step]:
    """Queue, translate, each attempt that failed, waiting for the first token, and the answer itself."""
    if record.upstream_ms is None and record.queue_ms is None:
        return [Step(label="pxbin", start_ms=0, took_ms=record.latency_ms, series=_OWN)]
    failed = record.attempts[:-1]
    last = record.attempts[-1] if record.attempts else None
    own = _before_sending(record)
    sent = last.started_ms if last is not None and failed else own[-1].start_ms + _took(own[-1])
    return [*own, *_failed(failed), *_answer(record, sent, last)]


def _before_sending(record: RequestRecord) -> list[Step]:
    """What passed before it was first sent; older rows do not say how much of it was waiting."""
    translating = record.overhead_us / 1000
    if record.queue_ms is None:
        return [Step(label="Queue, translate", start_ms=0, took_ms=translating, series=_OWN)]
    translating = min(translating, record.queue_ms)
    waiting = record.queue_ms - translating
    return [
        Step(label="Queue", start_ms=0, took_ms=waiting, series=_OWN),
        Step(label="Translate", start_ms=waiting, took_ms=translating, series=_OWN),
    ]


def _failed(attempts: tuple[AttemptRecord, ...]) -> list[Step]:
    named = [
        (f"{number}. {one.upstream_name}", one) for number, one in enumerate(attempts, start=1)
    ]
    sent = [(name, one) for name, one in named if one.took_ms]
    if len(sent) <= MOST_ATTEMPTS:
        return [_line(name, one.started_ms, one.took_ms) for name, one in sent]
    between = sent[2:-1]
    start = between[0][1].started_ms
    end = max(one.started_ms + one.took_ms for _, one in between)
    return [
        *(_line(name, one.started_ms, one.took_ms) for name, one in sent[:2]),
        _line(f"{len(between)} more", start, end - start),
        _line(sent[-1][0], sent[-1][1].started_ms, sent[-1][1].took_ms),
    ]


def _line(label: str, start_ms: float, took_ms: float) -> Step:
    return Step(label=label, start_ms=start_ms, took_ms=took_ms, series=_FAILED)


def _answer(record: RequestRecord, sent: float, last: AttemptRecord | None) -> list[Step]:
    first = record.ttft_ms
    if first is None and last is not None:
        first = last.first_byte_ms
    if first is None or first < sent:
        rest = max(0.0, record.latency_ms - sent)
        return [Step(label="Waiting", start_ms=sent, took_ms=rest, series=_WAITING)]
    waited = "Waiting (TTFT)" if record.ttft_ms is not None else "Waiting"
    told = "Streaming" if record.stream else "Answer"
    took = max(0.0, record.latency_ms - first)
    return [
        Step(label=waited, start_ms=sent, took_ms=first - sent, series=_WAITING),
        Step(label=told, start_ms=first, took_ms=took, series=_ANSWER),
    ]


def _took(step: Step) -> float:
    return step.took_ms or 0.0
