"""Reading the log as SQL: a page, newest first, and a count. Written so that an index serves it, however long the log is.

Rows that a page passes over are read from an index alone. Of several models each is read by itself, newest first: no index
has the rows of several in the order of time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

_NEWEST_FIRST = "order by timestamp desc, id desc"


class LogQuery(Struct, frozen=True):
    """Rows that fit.

    Attributes:
        conditions: with numbered places, at least one.
        values: what stands there.
        models: the only models that they can be of; None where any can.
    """

    conditions: Sequence[str]
    values: Sequence[Any]
    models: Sequence[str] | None = None

    def after(self, timestamp: datetime, request_id: UUID) -> "LogQuery":
        """Those that follow the one of that time and id."""
        place = len(self.values)
        condition = f"(timestamp, id) < (${place + 1}, ${place + 2})"
        values = [*self.values, timestamp, request_id]
        return replace(self, conditions=[*self.conditions, condition], values=values)

    def page(self, *, limit: int, offset: int) -> tuple[str, Sequence[Any]]:
        """So many rows, whole."""
        if self.models is None and not offset:
            return self._some("*", limit, _NEWEST_FIRST), self._values
        keys = (
            f"select * from ({self._some('timestamp, id', offset + limit, _NEWEST_FIRST)}) k"  # noqa: S608  # conditions are constants of request_filters
            f" {_NEWEST_FIRST} limit {limit:d} offset {offset:d}"
        )
        sql = (
            f"select r.* from ({keys}) k join requests r using (timestamp, id)"  # noqa: S608  # as above
            " order by r.timestamp desc, r.id desc"
        )
        return sql, self._values

    def count(self, *, most: int) -> tuple[str, Sequence[Any]]:
        """How many, as ``n``, up to ``most``."""
        rows = f"select from ({self._some('1', most)}) r limit {most:d}"
        return f"select count(*) as n from ({rows}) r", self._values  # noqa: S608  # as above

    def _some(self, columns: str, limit: int, order: str = "") -> str:
        """The first rows that fit; where models are given, the first of each of them."""
        rows = f"select {columns} from requests where {' and '.join(self.conditions)}"  # noqa: S608  # as above
        if self.models is None:
            return f"{rows} {order} limit {limit:d}"
        models = f"unnest(${len(self._values)}::text[]) as one (name)"
        of_each = f"{rows} and model = one.name {order} limit {limit:d}"
        return f"select r.* from {models} cross join lateral ({of_each}) r"  # noqa: S608  # as above

    @property
    def _values(self) -> Sequence[Any]:
        return self.values if self.models is None else [*self.values, self.models]
