"""What the words on a command line stand for; one that stands for nothing is refused by the parser."""

import re
from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

NONE = "none"
"""Takes a limit or an expiry away."""

_SPAN = re.compile(r"(\d{1,6})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


def a_price(text: str) -> Decimal:
    """Dollars."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ArgumentTypeError(f"{text!r} is not a number") from None


def a_limit(text: str) -> int | None:
    """A number, or none."""
    if text == NONE:
        return None
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is neither a number nor {NONE}") from None


def some_seconds(text: str) -> float | None:
    """A span in seconds, or none."""
    if text == NONE:
        return None
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is neither seconds nor {NONE}") from None


def a_day(text: str) -> date:
    """A day of the calendar."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day, such as 2030-01-31") from None


def a_moment(text: str) -> datetime | None:
    """A date, a date and time (of this machine's zone, unless it names one), a span from now on, or none."""
    if text == NONE:
        return None
    if span := _SPAN.fullmatch(text):
        try:
            return datetime.now(UTC) + timedelta(hours=int(span[1]) * _HOURS[span[2]])
        except OverflowError:
            raise ArgumentTypeError(f"{text!r} is too long") from None
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise ArgumentTypeError(
            f"{text!r} is neither a date, such as 2030-01-31 or 2030-01-31T18:00, nor a span, such as 12h, 30d or 8w"
        ) from None
