"""Figures for people: money, tokens, durations, times. No Qt here; pages and charts all speak these."""

from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

UNKNOWN = "—"
"""What stands where a figure is not known: never a zero."""

_THIN = (("k", 1_000), ("M", 1_000_000), ("B", 1_000_000_000), ("T", 1_000_000_000_000))


def money(amount: Decimal | None) -> str:
    """US dollars: ``$6.89``, ``$1,284.50``; below a dollar four places, as requests cost: ``$0.0635``."""
    if amount is None:
        return UNKNOWN
    sign, size = ("−", -amount) if amount < 0 else ("", amount)
    if size == 0:
        return "$0.00"
    if size < Decimal("0.00005"):
        return f"{sign}<$0.0001"
    cents = size.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    if cents < 1:
        return f"{sign}${cents}"
    return f"{sign}${size.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def dollars(amount: Decimal | None) -> str:
    """A sum in US dollars with two places always: ``$0.07``; a sum below a cent as ``money`` says it."""
    if amount is None or abs(amount) < Decimal("0.01"):
        return money(amount)
    sign = "−" if amount < 0 else ""
    return f"{sign}${abs(amount).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def price(per_million: Decimal | None) -> str:
    """A price per million tokens: ``$3.00``, ``$0.075``; trailing zeros beyond cents are cut."""
    if per_million is None:
        return UNKNOWN
    text = format(per_million.normalize(), "f")
    whole, _, places = text.partition(".")
    return f"${int(whole):,}.{places.ljust(2, '0')}"


def count(number: int) -> str:
    """``1,284``."""
    return f"{number:,}".replace("-", "−")


def tokens(number: int | None) -> str:
    """A number of tokens, short: ``656``, ``19.0k``, ``18.4M``."""
    if number is None:
        return UNKNOWN
    for suffix, unit in reversed(_THIN):
        if number >= unit * 0.99995:  # 999,950 rounds to 1.0M, not 1000.0k
            return f"{number / unit:.1f}{suffix}"
    return str(number)


def percent(share: float | None) -> str:
    """A share of 1: ``1.2%``, ``71%``, ``0%``; a trace as ``<0.1%``."""
    if share is None:
        return UNKNOWN
    value = share * 100
    if 0 < value < 0.05:
        return "<0.1%"
    return f"{value:.0f}%" if value == 0 or value >= 9.95 else f"{value:.1f}%"


def duration(milliseconds: float | None) -> str:
    """A time that passed: ``4 ms``, ``830 ms``, ``4.37 s``, ``12.4 s``, ``2 min 05 s``, ``1 h 02 min``."""
    if milliseconds is None:
        return UNKNOWN
    if milliseconds < 0.95:
        return f"{milliseconds * 1000:.0f} µs"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    return seconds(milliseconds)


def seconds(milliseconds: float | None) -> str:
    """As ``duration``, but in seconds from the start, so that a column compares at a glance: ``0.83 s``."""
    if milliseconds is None:
        return UNKNOWN
    value = milliseconds / 1000
    if value < 9.995:
        return f"{value:.2f} s"
    if value < 59.95:
        return f"{value:.1f} s"
    total = round(value)
    if total < 3600:
        return f"{total // 60} min {total % 60:02d} s"
    return f"{total // 3600} h {total % 3600 // 60:02d} min"


def microseconds(value: float | None) -> str:
    """pxbin's own share of a request: ``420 µs``, ``1.2 ms``."""
    if value is None:
        return UNKNOWN
    return f"{value:.0f} µs" if value < 999.5 else f"{value / 1000:.1f} ms"


def size(octets: int) -> str:
    """``512 B``, ``256 kB``, ``1.2 MB`` (1 kB = 1,000 B)."""
    if octets < 1_000:
        return f"{octets} B"
    if octets < 999_500:
        return f"{octets / 1_000:.0f} kB"
    return f"{octets / 1_000_000:.1f} MB"


def clock(moment: datetime, zone: tzinfo | None = None) -> str:
    """The time of day where the person is (or in ``zone``): ``14:32:41``."""
    return moment.astimezone(zone).strftime("%H:%M:%S")


def date_and_clock(moment: datetime, zone: tzinfo | None = None) -> str:
    """``23 Nov 2026, 14:32:41``."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M:%S}"


def log_time(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """The time of a log row: the clock today, with the day before it on any other: ``22 Nov 14:32:41``."""
    local = moment.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return clock(moment, zone)
    return f"{local.day} {local:%b %H:%M:%S}"


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago: ``just now``, ``12 s ago``, ``3 min ago``, ``2 h ago``, ``4 days ago``; ``never`` for None."""
    if moment is None:
        return "never"
    passed = (now - moment).total_seconds()
    for limit, unit, name in ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h")):
        if passed < 5:
            return "just now"
        if passed < limit:
            return f"{int(passed // unit)} {name} ago"
    days = int(passed // 86_400)
    return "1 day ago" if days == 1 else f"{days} days ago"


def counted(number: int, one: str, many: str) -> str:
    """``1 request``, ``1,284 requests``."""
    return f"{count(number)} {one if number == 1 else many}"
