"""Rows of an export added up by day and model; what no row says stays unknown."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ProviderUsage, UsageExportFormat

MOST_DAYS = 400
"""Of one file: more is a date that was read wrongly."""
_SUMMED = (
    "requests", "prompt_tokens", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "cost",
)  # fmt: skip


class UsageExport(Struct, frozen=True):
    """What an export says.

    Attributes:
        days: that it tells of: from its first to its last, also those on which nothing was used.
        usage: one for each day and model, the oldest first.
    """

    format: UsageExportFormat
    days: tuple[date, ...]
    usage: tuple[ProviderUsage, ...]


class Lines:
    """Collects the rows of one file."""

    def __init__(self, format: UsageExportFormat) -> None:  # noqa: A002  # the record's own word
        self._format = format
        self._days: set[date] = set()
        self._sums: dict[tuple[date, str], ProviderUsage] = {}

    def cover(self, day: date) -> None:
        """The file tells of this day."""
        self._days.add(day)

    def add(self, usage: ProviderUsage) -> None:
        """One more row."""
        self.cover(usage.day)
        key = usage.day, usage.model
        held = self._sums.get(key)
        self._sums[key] = usage if held is None else _sum(held, usage)

    def export(self) -> UsageExport:
        """What all of them say.

        Raises:
            InvalidInput: there was none, or they tell of too many days.
        """
        if not self._days:
            raise InvalidInput("The file has no rows below its header.")
        first, last = min(self._days), max(self._days)
        number = (last - first).days + 1
        if number > MOST_DAYS:
            raise InvalidInput(
                f"The file reaches from {first} to {last}; {MOST_DAYS} days are the most at a time."
            )
        days = tuple(first + timedelta(days=n) for n in range(number))
        return UsageExport(self._format, days, tuple(self._sums[key] for key in sorted(self._sums)))


def added(amounts: Iterable[int | Decimal | None]) -> int | Decimal | None:
    """The sum of what is known; None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _sum(one: ProviderUsage, other: ProviderUsage) -> ProviderUsage:
    sums = {name: added((getattr(one, name), getattr(other, name))) for name in _SUMMED}
    return replace(one, **sums, cost_rounding=one.cost_rounding + other.cost_rounding)
