"""The use cases of reconciling, on a database: imports, and what is compared with them."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from pxbin_engine.admin import reconcile
from pxbin_engine.admin.reconcile import ReconcileAdmin
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.provider_usage import ProviderUsageStore
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import NOW, a_request, an_upstream

HEADER = (
    "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
    "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens"
)
COSTS_HEADER = "usage_date_utc,model,token_type,cost_usd"
DAY = NOW.date() - timedelta(days=2)


def usage(*lines: str) -> str:
    return "\n".join([HEADER, *lines])


def costs(*lines: str) -> str:
    return "\n".join([COSTS_HEADER, *lines])


@pytest.fixture
def admin(database: Database) -> ReconcileAdmin:
    return ReconcileAdmin(ProviderUsageStore(database), UpstreamStore(database), clock=lambda: NOW)


@pytest.fixture
async def upstream(database: Database) -> UUID:
    """An upstream that served 100 tokens in, 40 from a cache, 10 out for a dollar."""
    made = await UpstreamStore(database).insert(an_upstream(name="anthropic"))
    await RequestStore(database).insert_batch(
        [
            a_request(
                at=NOW - timedelta(days=2),
                upstream_id=made.id,
                upstream_model="claude-sonnet-4-5",
                input_tokens=100,
                cache_read_tokens=40,
                output_tokens=10,
                cost=Decimal(1),
            )
        ]
    )
    return made.id


async def test_an_import_says_what_it_brought(admin: ReconcileAdmin, upstream: UUID) -> None:
    text = usage(f"{DAY},claude-sonnet-4-5-20250929,100,0,0,40,10")
    made = await admin.import_export(upstream, text, file_name="../secret/claude\0 usage.csv")
    assert (made.format, made.upstream_name) == ("anthropic-usage", "anthropic")
    assert (made.file_name, len(made.sha256)) == ("claude usage.csv", 64)
    assert (made.first_day, made.last_day, made.days, made.models) == (DAY, DAY, 1, 1)
    assert (made.prompt_tokens, made.output_tokens, made.cost, made.replaced_days) == (140, 10, None, 0)  # fmt: skip
    again = await admin.import_export(upstream, text)
    assert (again.sha256, again.replaced_days) == (made.sha256, 1)
    assert [one.id for one in await admin.imports()] == [again.id]
    compared = await admin.comparison(upstream)
    assert compared.total.prompt_tokens.provider == 140  # not 280


async def test_usage_and_costs_are_compared_together(admin: ReconcileAdmin, upstream: UUID) -> None:
    await admin.import_export(upstream, usage(f"{DAY},claude-sonnet-4-5-20250929,100,0,0,40,10"))
    found = await admin.comparison(upstream)
    assert (found.total.state, found.total.cost.provider) == ("equal", None)
    await admin.import_export(
        upstream,
        costs(
            f"{DAY},Claude Sonnet 4.5,output,0.70", f"{DAY},Claude Sonnet 4.5,input_no_cache,0.3"
        ),
    )
    found = await admin.comparison(upstream)
    (line,) = found.lines
    assert (line.day, line.state, line.cost.provider) == (DAY, "equal", Decimal("1.00"))
    assert (found.first_day, found.last_day, found.counted_since) == (DAY, DAY, DAY)
    assert len(await admin.imports()) == 2


async def test_what_went_elsewhere_and_what_is_not_over_yet_is_told(
    admin: ReconcileAdmin, upstream: UUID
) -> None:
    today = NOW.date()
    await admin.import_export(
        upstream,
        usage(
            f"{DAY},claude-sonnet-4-5-20250929,100,0,0,40,10",
            f"{DAY},claude-opus-4-1-20250805,5,0,0,0,1",
            f"{today},claude-opus-4-1-20250805,7,0,0,0,1",
        ),
    )
    found = await admin.comparison(upstream)
    assert [(line.day, line.model, line.state, line.reasons) for line in found.lines] == [
        (DAY, "claude-opus-4-1-20250805", "only_there", ("elsewhere",)),
        (DAY, "claude-sonnet-4-5-20250929", "equal", ()),
        (today, "claude-opus-4-1-20250805", "only_there", ("unsettled", "elsewhere")),
    ]
    some = await admin.comparison(upstream, first=today, last=today)
    assert [line.day for line in some.lines] == [today]
    assert (some.first_day, some.last_day) == (today, today)


async def test_rows_that_are_gone_count_all_the_same(
    admin: ReconcileAdmin, upstream: UUID, database: Database
) -> None:
    await admin.import_export(upstream, usage(f"{DAY},claude-sonnet-4-5,100,0,0,40,10"))
    await database.write("truncate requests")
    assert (await admin.comparison(upstream)).total.state == "equal"


async def test_without_imports_there_is_nothing_to_compare(
    admin: ReconcileAdmin, upstream: UUID
) -> None:
    found = await admin.comparison(upstream)
    assert (found.lines, found.first_day, found.upstream_name) == ((), None, "anthropic")
    made = await admin.import_export(upstream, usage(f"{DAY},m,1,0,0,0,1"))
    await admin.delete(made.id)
    assert (await admin.comparison(upstream)).lines == ()


async def test_what_cannot_be_is_refused(
    admin: ReconcileAdmin, upstream: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    for asked in (
        admin.import_export(uuid4(), usage()),
        admin.comparison(uuid4()),
        admin.delete(uuid4()),
        admin.get(uuid4()),
    ):
        with pytest.raises(NotFound):
            await asked
    with pytest.raises(InvalidInput, match="Its columns are: a, b"):
        await admin.import_export(upstream, "a,b\n1,2")
    with pytest.raises(InvalidInput, match="must not be before"):
        await admin.comparison(upstream, first=DAY, last=DAY - timedelta(days=1))
    for year in (2020, 2026):
        await admin.import_export(upstream, usage(f"{year}-01-01,m,1,0,0,0,1"))
    with pytest.raises(InvalidInput, match="400 days at most"):
        await admin.comparison(upstream)
    assert len((await admin.comparison(upstream, first=date(2025, 1, 1))).lines) == 1
    monkeypatch.setattr(reconcile, "LARGEST_FILE", 10)
    with pytest.raises(InvalidInput, match="export fewer days"):
        await admin.import_export(upstream, usage())


async def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    admin: ReconcileAdmin, upstream: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "film.csv"
    file.write_bytes(b"\xff" * 11)
    monkeypatch.setattr(reconcile, "LARGEST_FILE", 10)
    with pytest.raises(InvalidInput, match="export fewer days"):
        await admin.import_file(upstream, file)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no endless file")
async def test_a_file_without_an_end_is_refused(
    admin: ReconcileAdmin, upstream: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "LARGEST_FILE", 10)
    with pytest.raises(InvalidInput, match="export fewer days"):
        await admin.import_file(upstream, Path("/dev/zero"))
