import asyncio
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from pxbin_engine.accounting import published_prices
from pxbin_engine.accounting.published_prices import PublishedPrices
from pxbin_engine.records import PriceTier
from pxbin_engine.tasks import running


@pytest.fixture
async def prices() -> AsyncIterator[PublishedPrices]:
    prices = PublishedPrices(idle_seconds=0.2)
    yield prices
    await prices.close()
    assert not prices.running


async def test_behaviour_27_a_dated_name_finds_its_price_and_an_unknown_one_none(
    prices: PublishedPrices,
) -> None:
    questions = [
        prices("gpt-4o-2024-08-06"),
        prices("none such", "x"),
        prices("gpt-4o", "openai", ""),
    ]
    dated, unknown, plain = await asyncio.gather(*questions)
    assert dated == plain
    assert dated is not None
    assert (dated.input, dated.output, dated.cache_read, dated.source) == (
        Decimal("2.5"),
        Decimal(10),
        Decimal("1.25"),
        "published",
    )
    assert (
        PriceTier(
            service_tier="priority",
            input=Decimal("4.25"),
            output=Decimal(17),
            cache_read=Decimal("2.125"),
        )
        in dated.tiers
    )
    assert unknown is None

    assert prices.running
    while prices.running:
        await asyncio.sleep(0.02)
    assert await prices("gpt-4o") == plain, "it starts again when it is asked again"


async def test_without_its_program_a_price_is_unknown_and_the_log_says_so(
    prices: PublishedPrices,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    program = tmp_path / "worker.py"
    program.write_text("raise SystemExit(1)")
    command = [sys.executable, str(program)]
    monkeypatch.setattr(published_prices, "part_command", lambda _part: command)
    assert await prices("gpt-4o") is None
    assert "prices.unavailable" in caplog.text
    await asyncio.gather(*(task for task in running() if task.get_name() == "prices.end"))


async def test_a_worker_that_hangs_is_ended(
    prices: PublishedPrices, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "worker.py"
    program.write_text("import time; time.sleep(60)")
    command = [sys.executable, str(program)]
    monkeypatch.setattr(published_prices, "part_command", lambda _part: command)
    monkeypatch.setattr(published_prices, "_ANSWER_TIMEOUT", 0.2)
    assert await prices("gpt-4o") is None
    assert not prices.running
    await asyncio.gather(*(task for task in running() if task.get_name() == "prices.end"))
