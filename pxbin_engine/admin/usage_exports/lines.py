"""Rows of an export added up by day and model; what no row says stays unknown."""

from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ProviderUsage, UsageExportFormat

MOST_DAYS = 400
"""Of one file: more is a date that was read wrongly."""
_LONGEST_NAME = 256
_SUMMED = tuple(name for name in ProviderUsage.__struct_fields__ if name not in ("day", "model"))


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
        self._sums: dict[tuple[date, str], list[Any]] = {}

    def cover(self, day: date) -> None:
        """The file tells of this day."""
        self._days.add(day)

    def add(self, usage: ProviderUsage) -> None:
        """One more row. Raises ``InvalidInput`` where its model has no name that can be kept."""
        if not usage.model.isprintable() or len(usage.model) > _LONGEST_NAME:
            raise InvalidInput(
                f"The model {usage.model[:_LONGEST_NAME]!r} has no name that can be kept."
            )
        self.cover(usage.day)
        held = self._sums.setdefault((usage.day, usage.model), [None] * len(_SUMMED))
        for place, name in enumerate(_SUMMED):
            amount = getattr(usage, name)
            if amount is not None:
                before = held[place]
                held[place] = amount if before is None else before + amount

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
        usage = tuple(
            ProviderUsage(
                day=day, model=model, **dict(zip(_SUMMED, self._sums[day, model], strict=True))
            )
            for day, model in sorted(self._sums)
        )
        return UsageExport(self._format, days, usage)
