"""What is said of spending: the series of its chart by name, and the forecast of a month."""

from collections.abc import Sequence
from typing import Literal

from pxbin_app.look_back import spend_by_model, spend_over_time
from pxbin_app.pages.costs.model import NO_CLIENT, NO_KEY, name_of_key
from pxbin_app.pages.costs.spend_presenter import Spend
from pxbin_app.widgets.format import counted, dollars
from pxbin_app.widgets.series import Series
from pxbin_engine.records import SpendForecast

Part = Literal["model", "key", "client"]
PARTS: Sequence[tuple[Part, str]] = (("model", "Model"), ("key", "Key"), ("client", "Client"))
"""What the chart can be split by."""


def series(spend: Spend, part: Part) -> list[Series]:
    """The chart's series, one for each model, key or client that cost anything."""
    if part == "model":
        return spend_by_model(spend.steps, spend.models_over_time)
    if part == "key":
        names = {key.key_id: name_of_key(key) for key in spend.by_key}
        keys = [(names.get(one.key_id, NO_KEY), one) for one in spend.keys_over_time]
        return spend_over_time(spend.steps, keys)
    clients = [(one.client or NO_CLIENT, one) for one in spend.clients_over_time]
    return spend_over_time(spend.steps, clients)


def forecast_text(forecast: SpendForecast | None) -> str:
    """What the month will have cost, and how that was found; empty where nothing can be said, or is to be paid."""
    if forecast is None or not forecast.total:
        return ""
    days = round(forecast.pace_days)
    lately = "the last day" if days == 1 else f"the last {counted(days, 'day', 'days')}"
    return (
        f"Forecast for {forecast.month_start.astimezone():%B}: {dollars(forecast.total)}. That is {dollars(forecast.spent)}"
        f" so far, and {dollars(forecast.pace)} a day until its end, as in {lately}."
    )
