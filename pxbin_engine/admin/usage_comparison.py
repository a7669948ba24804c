"""The comparison itself: what a provider says and what pxbin counted, model by model; no database, no clock."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from pxbin_engine.admin.provider_names import same_models
from pxbin_engine.records import (
    Compared,
    ProviderUsage,
    ReconcileLine,
    ReconcileReason,
    ReconcileState,
    ServedUsage,
)

_CLOSE = Decimal("0.01")
_READ = ("prompt_tokens", "input_tokens", "cache_read_tokens", "cache_write_tokens")
_TOKENS = (*_READ, "output_tokens")
_FIGURES = ("requests", *_TOKENS, "cost")
_ALWAYS_TOLD = frozenset({"prompt_tokens", "output_tokens", "cost"})
_NOTHING = Decimal(0)
_SAME_COST = Decimal("0.000001")
"""Dollars: sums of the same prices may differ in the last of many places."""


class Coverage(Struct, frozen=True):
    """Which figures are told of which days, and on which days not all may have been told.

    Attributes:
        counted_since: the first day that pxbin has counted.
    """

    tokens: frozenset[date]
    cost: frozenset[date]
    unsettled: frozenset[date] = frozenset()
    counted_since: date | None = None

    @property
    def days(self) -> frozenset[date]:
        """Of which anything is told."""
        return self.tokens | self.cost


class _Pair(Struct):
    """Both sides of one line, as they are collected."""

    day: date | None
    model: str
    told: list[ProviderUsage]
    served: list[ServedUsage]
    days: set[date]


def compare(
    told: Iterable[ProviderUsage], served: Iterable[ServedUsage], coverage: Coverage
) -> tuple[tuple[ReconcileLine, ...], tuple[ReconcileLine, ...], ReconcileLine]:
    """The lines by day and model, the totals of the models (the most expensive first), and the total of all."""
    told = [one for one in told if one.day in coverage.days]
    served = [one for one in served if one.day in coverage.days]
    shown = same_models({one.model for one in told}, {one.model for one in served})

    def lines(key: Callable[[date, str], tuple[date | None, str]]) -> list[ReconcileLine]:
        return [_line(pair, coverage) for pair in _pairs(told, served, shown, key)]

    by_day = lines(lambda day, model: (day, model))
    by_model = sorted(lines(lambda _, model: (None, model)), key=_dearest_first)
    total = lines(lambda *_: (None, "")) or [_line(_Pair(None, "", [], [], set()), coverage)]
    return tuple(by_day), tuple(by_model), total[0]


def _pairs(
    told: Sequence[ProviderUsage],
    served: Sequence[ServedUsage],
    shown: Mapping[str, str],
    key: Callable[[date, str], tuple[date | None, str]],
) -> list[_Pair]:
    pairs: dict[tuple[date | None, str], _Pair] = {}

    def pair(one: ProviderUsage | ServedUsage) -> _Pair:
        wanted = key(one.day, shown[one.model])
        found = pairs.setdefault(wanted, _Pair(*wanted, [], [], set()))
        found.days.add(one.day)
        return found

    for theirs in told:
        pair(theirs).told.append(theirs)
    for ours in served:
        pair(ours).served.append(ours)
    return [pairs[wanted] for wanted in sorted(pairs, key=lambda one: (one[0] or date.min, one[1]))]


def _line(pair: _Pair, coverage: Coverage) -> ReconcileLine:
    figures = {name: _compared(name, pair, coverage) for name in _FIGURES}
    rounding = sum((one.cost_rounding for one in pair.told), _NOTHING)
    state = _state(figures, rounding)
    return ReconcileLine(
        day=pair.day,
        model=pair.model,
        provider_models=tuple(sorted({one.model for one in pair.told})),
        served_models=tuple(sorted({one.model for one in pair.served})),
        **figures,
        state=state,
        reasons=() if state == "equal" else tuple(_reasons(pair, figures, coverage, rounding)),
    )


def _compared(name: str, pair: _Pair, coverage: Coverage) -> Compared:
    """One figure; where an export tells of a day and not of this model, that is nought."""
    covered = coverage.cost if name == "cost" else coverage.tokens
    ours = sum((_ours(name, one) for one in pair.served if one.day in covered), _NOTHING)
    theirs = _theirs(name, pair, covered)
    if theirs is None:
        every = sum((_ours(name, one) for one in pair.served), _NOTHING)
        return Compared(provider=None, pxbin=every)
    difference = ours - theirs
    percent = float(difference / theirs * 100) if theirs else None
    return Compared(provider=theirs, pxbin=ours, difference=difference, percent=percent)


def _theirs(name: str, pair: _Pair, covered: Collection[date]) -> Decimal | None:
    if not pair.days & set(covered):
        return None
    known = [getattr(one, name) for one in pair.told if getattr(one, name) is not None]
    if known:
        return sum(map(Decimal, known), _NOTHING)
    # Not every export tells the classes of tokens, or requests.
    return _NOTHING if name in _ALWAYS_TOLD else None


def _ours(name: str, one: ServedUsage) -> Decimal:
    if name == "prompt_tokens":
        return Decimal(one.input_tokens + one.cache_read_tokens + one.cache_write_tokens)
    return Decimal(getattr(one, name))


def _state(figures: Mapping[str, Compared], rounding: Decimal) -> ReconcileState:
    deciding = {name: one for name, one in figures.items() if name != "requests"}
    told = [one for one in deciding.values() if one.provider is not None]
    if not any(one.pxbin for one in deciding.values()) and any(one.provider for one in told):
        return "only_there"
    if told and not any(one.provider for one in told) and any(one.pxbin for one in told):
        return "only_here"
    if all(_equal(name, one, rounding) for name, one in deciding.items()):
        return "equal"
    output, cost = figures["output_tokens"], figures["cost"]
    close = all(_is_close(figures[name], figures["prompt_tokens"]) for name in _READ)
    close = close and _is_close(output, output) and _is_close(cost, cost, rounding)
    return "close" if close else "differs"


def _equal(name: str, one: Compared, rounding: Decimal) -> bool:
    allowed = max(rounding, _SAME_COST) if name == "cost" else 0
    return one.difference is None or abs(one.difference) <= allowed


def _is_close(one: Compared, whole: Compared, rounding: Decimal = _NOTHING) -> bool:
    """Whether the difference is small, measured by the whole that the figure is a part of."""
    if one.difference is None or whole.provider is None:
        return True
    return abs(one.difference) <= _CLOSE * max(whole.provider, whole.pxbin) + rounding


def _reasons(
    pair: _Pair, figures: Mapping[str, Compared], coverage: Coverage, rounding: Decimal
) -> Iterable[ReconcileReason]:
    sums = figures["prompt_tokens"], figures["output_tokens"]
    tokens_told = sums[0].provider is not None
    tokens = [difference for one in sums if (difference := one.difference)]
    classes_differ = any(figures[name].difference for name in _TOKENS)
    cost = figures["cost"].difference
    cost_differs = not _equal("cost", figures["cost"], rounding)
    amounts = tokens if tokens_told or cost is None else [cost]
    since = coverage.counted_since
    if pair.days & coverage.unsettled:
        yield "unsettled"
    if since is None or any(day < since for day in pair.days):
        yield "before"
    if any(difference < 0 for difference in amounts):
        yield "elsewhere"
    if any(difference > 0 for difference in amounts):
        yield "not_exported"
    if tokens and any(one.estimated for one in pair.served):
        yield "estimated"
    if classes_differ and not tokens:
        yield "classes"
    if cost_differs and any(one.unpriced for one in pair.served):
        yield "unpriced"
    elif cost_differs and tokens_told and not classes_differ:
        yield "price"


def _dearest_first(line: ReconcileLine) -> tuple[Decimal, str]:
    return -max(line.cost.provider or _NOTHING, line.cost.pxbin), line.model
