"""The words of the log's language, and what their values mean: ``>2s`` under ``latency`` is more than 2000 ms."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from typing import NamedTuple, get_args

from pxbin_engine.records import Alternative, Comparison, FilterWord, Outcome

_OUTCOMES = get_args(Outcome)
_FORMATS = {
    "anthropic": "anthropic",
    "messages": "anthropic",
    "openai": "openai",
    "chat": "openai",
    "responses": "openai-responses",
    "openai-responses": "openai-responses",
    "gemini": "gemini",
}
_ANSWERS = {"yes": True, "true": True, "no": False, "false": False}
_RECORDINGS = {"kept": "kept", "dropped": "dropped", "none": ""}
_COMPARED = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)
_COMPARISONS: dict[str, Comparison] = {">=": ">=", "<=": "<=", ">": ">", "<": "<", "=": "is"}
_STATUS = re.compile(r"[1-9]\d\d", re.ASCII)
_STATUS_CLASS = re.compile(r"([1-5])xx", re.IGNORECASE)
_DOLLARS = re.compile(r"\$?(\d{1,12}(?:\.\d{1,18})?|\.\d{1,18})", re.ASCII)
_COUNT = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([km]?)", re.ASCII | re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d|w)", re.ASCII | re.IGNORECASE)
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}  # fmt: skip
_DAYS_BACK = {"today": 0, "yesterday": 1}
_UNKNOWN = ("none", "unknown")


class Refused(Exception):
    """A term cannot be understood: why, and what may have been meant. It never leaves the parser."""

    def __init__(self, reason: str, suggestion: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestion = suggestion


class Word(NamedTuple):
    """A word of the language: an example of its values, and what it means."""

    example: str
    meaning: str


WORDS: dict[str, Word] = {
    "model": Word("glm", "Part of the model's name."),
    "asked": Word("opus", "Part of the name that the client said, before an alias gave it a model."),
    "key": Word('"my laptop"', "Part of the key's name."),
    "client": Word("codex", "Part of the client's name, version included."),
    "upstream": Word("z.ai", "Part of the upstream's name."),
    "session": Word("none", "Exactly this session; `none`: requests without one."),
    "agent": Word("none", "Exactly this agent; `none`: requests without one."),
    "outcome": Word("upstream_error,stream_error", "One of " + ", ".join(f"`{o}`" for o in _OUTCOMES) + "."),
    "format": Word("messages", "The client's: `messages`, `chat`, `responses` or `gemini`."),
    "stream": Word("yes", "`yes` or `no`."),
    "status": Word(">=400", "A status, or a class of them such as `4xx`."),
    "cost": Word(">0.05", "US dollars; `unknown`: requests without a price."),
    "latency": Word(">2s", "The whole time: `ms`, `s`, `m` or `h`."),
    "ttft": Word("<800ms", "The time to the first token, likewise; `none`: none came."),
    "tokens": Word(">10k", "All tokens of the request, read, written and cached; `k` and `m` may follow."),
    "recording": Word("kept", "Whether its bodies were kept: `kept`, `dropped` or `none`."),
    "text": Word('"timed out"', "The same as text that stands by itself."),
    "since": Word("2h", "Not older: `s`, `m`, `h`, `d` or `w` ago, `today`, `yesterday`, a date, or a date and time."),
    "until": Word("2026-11-23T18:00", "Older than that, likewise."),
}  # fmt: skip
"""Every word, as docs/log.md lists them. All but ``since`` and ``until`` are a ``FilterWord``."""


def quoted(value: str) -> str:
    """``value`` as a query says it, in quotes where it needs them."""
    if value.lower() not in _UNKNOWN and re.fullmatch(r"[^\s,\"'<>=-][^\s,\"']*", value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def moment(text: str, *, now: datetime, zone: tzinfo) -> datetime:
    """A time in UTC: a span back from ``now``, a day of ``zone``, or a date or time, of ``zone`` unless it names one.

    Raises:
        Refused: it is none of these.
    """
    try:
        if span := _SPAN.fullmatch(text):
            return now - timedelta(milliseconds=_milliseconds(span))
        if text.lower() in _DAYS_BACK:
            day = now.astimezone(zone).date() - timedelta(days=_DAYS_BACK[text.lower()])
            return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(
            f"“{text}” is no time: write 2h, 7d, today, 2026-11-23 or 2026-11-23T18:00."
        ) from None


def alternative(word: FilterWord, text: str, *, is_quoted: bool = False) -> Alternative:
    """What ``text`` asks for under ``word``; what stands in quotes is taken literally.

    Raises:
        Refused: it cannot be used there.
    """
    if word in _MAY_BE_UNKNOWN and not is_quoted and text.lower() in _UNKNOWN:
        return Alternative("unknown")
    return _READERS[word](text)


def _part(text: str) -> Alternative:
    return Alternative("has", text)


def _exactly(text: str) -> Alternative:
    return Alternative("is", text)


def _choice(word: str, choices: dict[str, object], text: str) -> Alternative:
    chosen = text.lower()
    if chosen not in choices:
        close = get_close_matches(chosen, choices, n=1)
        raise Refused(
            f"“{word}:{text}” is none of {', '.join(choices)}.",
            f"{word}:{close[0]}" if close else "",
        )
    return Alternative("is", choices[chosen])


def _status(text: str) -> Alternative:
    if whole := _STATUS_CLASS.fullmatch(text):
        return Alternative("class", int(whole[1]) * 100)
    comparison, rest = _compared(text)
    if _STATUS.fullmatch(rest) is None:
        raise Refused(f"“status:{text}” is no status: write 429, 4xx or >=400.")
    return Alternative(comparison, int(rest))


def _cost(text: str) -> Alternative:
    comparison, rest = _compared(text)
    if (dollars := _DOLLARS.fullmatch(rest)) is None:
        raise Refused(f"“cost:{text}” is no amount: write >0.05 or unknown.")
    return Alternative(comparison, Decimal(dollars[1]))


def _tokens(text: str) -> Alternative:
    comparison, rest = _compared(text)
    if (count := _COUNT.fullmatch(rest)) is None:
        raise Refused(f"“tokens:{text}” is no number: write >500, >10k or <1.5m.")
    return Alternative(
        comparison, int(Decimal(count[1]) * {"": 1, "k": 1_000, "m": 1_000_000}[count[2].lower()])
    )


def _duration(word: str, text: str) -> Alternative:
    comparison, rest = _compared(text)
    span = _SPAN.fullmatch(rest)
    if span is None:
        number = re.fullmatch(r"[\d.]+", rest)
        suggestion = f"{word}:{text}ms or {word}:{text}s" if number else ""
        raise Refused(f"“{word}:{text}” is no duration: write >2s or <800ms.", suggestion)
    if comparison == "is":
        raise Refused(f"“{word}:{text}” fits next to nothing.", f"{word}:>{rest}")
    return Alternative(comparison, _milliseconds(span))


def _milliseconds(span: re.Match[str]) -> float:
    return float(span[1]) * _MILLISECONDS[span[2].lower()]


def _compared(text: str) -> tuple[Comparison, str]:
    match = _COMPARED.fullmatch(text)
    assert match is not None  # noqa: S101  # the pattern takes anything
    return _COMPARISONS[match[1] or "="], match[2]


_MAY_BE_UNKNOWN = frozenset({"session", "agent", "cost", "ttft"})
_READERS: dict[FilterWord, Callable[[str], Alternative]] = {
    "model": _part,
    "asked": _part,
    "key": _part,
    "client": _part,
    "upstream": _part,
    "text": _part,
    "session": _exactly,
    "agent": _exactly,
    "outcome": partial(_choice, "outcome", {outcome: outcome for outcome in _OUTCOMES}),
    "format": partial(_choice, "format", dict(_FORMATS)),
    "stream": partial(_choice, "stream", dict(_ANSWERS)),
    "recording": partial(_choice, "recording", dict(_RECORDINGS)),
    "status": _status,
    "cost": _cost,
    "tokens": _tokens,
    "latency": partial(_duration, "latency"),
    "ttft": partial(_duration, "ttft"),
}
