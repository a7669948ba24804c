"""The gate: lets a request in where its budgets have room for it; waits, once and briefly, where more may be granted."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from decimal import ROUND_UP, Decimal
from uuid import UUID

from pxbin_engine.errors import ProtocolError
from pxbin_engine.gateway.budgets.book import Book, Hold, Meter, MeterKey
from pxbin_engine.gateway.budgets.estimate import CostEstimator
from pxbin_engine.gateway.budgets.period import zone_of
from pxbin_engine.gateway.client_names import without_version
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.protocol.dialects import dialect_for
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.estimate import estimate_soon, estimate_tokens
from pxbin_engine.records import BudgetScope, ModelRecord, RequestRecord

LONGEST_WAIT = 1.0
"""Seconds for which a request is held where its meter may get more."""

EXCEEDED = "budget_exceeded"
UNCHECKED = "budget_unchecked"

_RETRY_UNCHECKED = 10.0
_RETRY_RESERVED = 5.0
"""Nobody knows when the requests in flight end."""
_CENT = Decimal("0.01")


async def _nobody() -> bool:
    return False


class BudgetGate:
    """What stands between a request and the money.

    Attributes:
        top_up: has the leases renewed; returns whether the database answered.
        spent_of: what the log has spent of a meter, as far as that is known.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.book = Book()
        self.estimator = CostEstimator()
        self.top_up: Callable[[], Awaitable[bool]] = _nobody
        self.spent_of: Callable[[MeterKey], Decimal | None] = lambda _: None
        self._clock = clock
        self._models: dict[UUID, ModelRecord] = {}

    @property
    def active(self) -> bool:
        """Whether any budget can refuse a request."""
        return self.book.active

    async def admit(
        self, exchange: Exchange, inbound: Inbound, model: ModelRecord
    ) -> ApiError | None:
        """Reserve what the request will probably cost on every meter but its upstream's; or why it is refused."""
        meters = self.book.meters_for(_subjects(exchange, model), exchange.timestamp)
        if not meters and not self.book.counts("upstream"):
            return None
        prompt, most_output = _size(inbound)
        hold = Hold(self.estimator.estimate(model, prompt, most_output), prompt)
        if hold.amount == 0:
            return None  # it costs nothing
        refusal = await self._reserve(meters, hold.amount, exchange.timestamp)
        if refusal is None:
            hold.meters = meters
            self._models[exchange.id] = model
            self.book.begin(exchange.id, hold)
        return refusal

    async def admit_target(self, exchange: Exchange, upstream: str) -> ApiError | None:
        """The same on the meters of an upstream that is about to be tried; those of the one before are freed."""
        hold = self.book.hold_of(exchange.id)
        if hold is None:
            return None
        self.book.free(hold.upstream, hold.amount)
        hold.upstream = ()
        meters = self.book.meters_for({"upstream": upstream}, exchange.timestamp)
        refusal = await self._reserve(meters, hold.amount, exchange.timestamp)
        if refusal is None:
            hold.upstream = meters
        return refusal

    def settle(self, record: RequestRecord) -> None:
        """A request has ended and is priced."""
        hold = self.book.settle(record)
        if hold is not None:
            self.estimator.learn(record, hold.prompt_tokens, self._models.pop(record.id).price)

    def written(self, records: Iterable[RequestRecord]) -> None:
        """Rows are in the database, or never will be."""
        self.book.written(record.id for record in records)

    def refusal(self, subjects: Mapping[BudgetScope, str], at: datetime) -> ApiError | None:
        """Why any request of these subjects would be refused now; nothing is reserved."""
        for meter in self.book.look(subjects, at, self.spent_of):
            if meter.hopeless(None):
                return _too_little(meter, None)
        return None

    async def _reserve(
        self, meters: tuple[Meter, ...], amount: Decimal | None, at: datetime
    ) -> ApiError | None:
        deadline = self._clock() + LONGEST_WAIT
        while (short := self.book.reserve(meters, amount, self._clock())) is not None:
            left = deadline - self._clock()
            if left <= 0 or short.hopeless(amount):
                if short.is_spent(amount):
                    short.too_much = amount or Decimal(0)
                return _too_little(short, amount)
            if not await self._more_for(short, amount or Decimal(0), left):
                return unchecked(short)
        return None

    async def _more_for(self, meter: Meter, amount: Decimal, seconds: float) -> bool:
        """Whether the database was asked for more a moment ago, whatever it gave."""
        meter.wanted += amount
        try:
            async with asyncio.timeout(seconds):
                return await self.top_up()
        except TimeoutError:
            return self._clock() - meter.renewed_at < LONGEST_WAIT
        finally:
            meter.wanted -= amount


def _subjects(exchange: Exchange, model: ModelRecord) -> dict[BudgetScope, str]:
    return {
        "all": "",
        "key": str(exchange.key.id) if exchange.key else "",
        "model": model.name,
        "client": without_version(exchange.client_name),
        "session": exchange.session_id or "",
    }


def _size(inbound: Inbound) -> tuple[int, int | None]:
    """Tokens of the prompt by estimate, and how many the answer may have at most."""
    try:
        request = dialect_for(inbound.format).decode_request(inbound.body)
    except ProtocolError:
        # Where both sides speak the same dialect it may be passed on all the same.
        return estimate_tokens(len(inbound.body)), None
    return estimate_soon(request, inbound.body), request.max_output_tokens


# ---------------------------------------------------------------------- what the client is told


def _too_little(meter: Meter, amount: Decimal | None) -> ApiError:
    return exceeded(meter) if meter.is_spent(amount) else reserved(meter)


def exceeded(meter: Meter) -> ApiError:
    """Too much is spent. 402: clients repeat a 429 or a 5xx, for hours where they are told to; a 402 they show."""
    message = (
        f"{_named(meter)} has too little left for this request: {_spent(meter)}. {_until(meter)}"
    )
    return ApiError("billing", 402, message, code=EXCEEDED)


def reserved(meter: Meter) -> ApiError:
    """What is left is held for requests in flight, which mostly cost less. 429: it is worth another try."""
    message = (
        f"{_named(meter)} has no room for this request until others have ended: {_spent(meter)},"
        f" and too much of the rest is reserved for requests in flight; try again in {_RETRY_RESERVED:g} s."
    )
    return ApiError("rate_limit", 429, message, retry_after=_RETRY_RESERVED)


def unchecked(meter: Meter) -> ApiError:
    """What this engine was granted is used up, and the database cannot be asked for more."""
    message = (
        f"{_named(meter)} cannot be checked: the database does not answer, and what this engine had been granted of"
        f" {_dollars(meter.budget.limit)} is used up. Requests go on once it does."
    )
    return ApiError("overloaded", 503, message, code=UNCHECKED, retry_after=_RETRY_UNCHECKED)


def _spent(meter: Meter) -> str:
    spent = (meter.spent or Decimal(0)) + meter.unwritten
    return f"{_dollars(spent)} of {_dollars(meter.budget.limit)} are spent"


def _named(meter: Meter) -> str:
    if meter.budget.scope == "key" and meter.subject:
        return f"The budget {meter.budget.name!r} (of this key)"  # its subject is no name
    of_whom = f" ({meter.budget.scope} {meter.subject})" if meter.subject else ""
    return f"The budget {meter.budget.name!r}{of_whom}"


def _until(meter: Meter) -> str:
    if meter.span.ends_at is None:
        return "It does not begin anew; its limit can be raised."
    ends = meter.span.ends_at.astimezone(zone_of(meter.budget.time_zone))
    return f"It begins anew at {ends:%Y-%m-%d %H:%M} ({meter.budget.time_zone})."


def _dollars(amount: Decimal) -> str:
    """In cents; small change with two digits that say something."""
    if amount >= _CENT or amount <= 0:
        return f"${amount.quantize(_CENT):f}"
    return f"${amount.quantize(Decimal(1).scaleb(amount.adjusted() - 1), ROUND_UP):f}"
