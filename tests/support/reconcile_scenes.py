"""Pictures of the dialog that compares a provider's export with what pxbin counted."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QApplication

from pxbin_app.pages.costs.reconcile_dialog import ReconcileDialog
from tests.support.fake_engine import NOW
from tests.support.memory_usage import served

LAST = NOW.date() - timedelta(days=1)
MODELS = {
    "claude-sonnet-4-5": ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", Decimal("18.42")),
    "claude-opus-4-1": ("claude-opus-4-1-20250805", "Claude Opus 4.1", Decimal("31.075")),
    "claude-haiku-4-5": ("claude-haiku-4-5-20251001", "Claude Haiku 4.5", Decimal("1.21")),
}
USAGE = (
    "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
    "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens"
)
COSTS = "usage_date_utc,model,token_type,cost_usd"


async def import_exports(stage: Any, days: int = 6) -> UUID:
    """Two files of a provider, whose account served a little more than pxbin knows of."""
    upstreams = await stage.engine.upstreams.list()
    upstream: UUID = next(one for one in upstreams if one.format == "anthropic").id
    usage, costs, counted = [USAGE], [COSTS], []
    for back in range(days):
        day = LAST - timedelta(days=back)
        for number, (served_as, (dated, shown, cost)) in enumerate(MODELS.items(), start=1):
            tokens = {
                "input_tokens": 91_203 * number + 577 * back,
                "cache_read_tokens": 4_812_331 * number,
            }
            written = 38_914 * number
            more = 61_000 if back == 2 and number == 2 else 0
            said = (
                cost
                + (Decimal("0.92") if more else 0)
                + (Decimal("0.11") if back == 4 and number == 1 else 0)
            )
            usage.append(
                f"{day},{dated},{tokens['input_tokens'] + more},0,0,{tokens['cache_read_tokens']},{written}"
            )
            costs.append(f"{day},{shown},output,{said:.2f}")
            counted.append(served(day, served_as, output_tokens=written, cost=cost, **tokens))
    usage.append(f"{LAST},claude-3-5-haiku-20241022,12044,0,0,0,911")
    costs.append(f"{LAST},Claude 3.5 Haiku 2024-10-22,output,0.02")
    stage.engine.usage.counted[upstream] = counted
    for name, lines in (("claude_api_tokens_2026_11.csv", usage), ("claude_api_cost_2026_11.csv", costs)):  # fmt: skip
        await stage.engine.reconcile.import_export(upstream, "\n".join(lines), file_name=name)
    return upstream


async def reconcile(stage: Any) -> None:
    upstream = await import_exports(stage)
    dialog = await _open(stage)
    dialog.presenter.choose(upstream)
    await asyncio.sleep(0.3)
    dialog.table.select_row(1)


async def reconcile_refused(stage: Any) -> None:
    await import_exports(stage)
    dialog = await _open(stage)
    dialog.presenter.said.emit(
        "This is no usage export of OpenAI, Anthropic or OpenRouter that pxbin knows."
        " Its columns are: invoice, date, amount_due, vat.",
        "err",
    )
    dialog.by._buttons["model"].click()
    dialog.differing.setChecked(True)


async def reconcile_empty(stage: Any) -> None:
    await _open(stage)


async def reconcile_away(stage: Any) -> None:
    dialog = await _open(stage)
    dialog.presenter.view.emit("error", "The database does not answer.")


async def _open(stage: Any) -> ReconcileDialog:
    page = await stage.show("costs")
    page.reconcile.click()
    await asyncio.sleep(0.6)
    return next(one for one in QApplication.topLevelWidgets() if isinstance(one, ReconcileDialog) and one.isVisible())  # fmt: skip


RECONCILE_SCENES = {
    "reconcile-empty": reconcile_empty,
    "reconcile": reconcile,
    "reconcile-refused": reconcile_refused,
    "reconcile-away": reconcile_away,
}
