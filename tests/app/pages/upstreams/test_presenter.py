"""Upstreams: what is shown, and what each action asks of the engine."""

from uuid import UUID

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from pxbin_app.pages.upstreams.presenter import (
    SAVE_FIRST,
    UpstreamRow,
    UpstreamsPresenter,
    UpstreamValues,
    check_source,
    losing_models,
)
from pxbin_engine.errors import SecretStoreUnavailable
from pxbin_engine.events import UpstreamHealthChanged
from pxbin_engine.records import (
    DiscoveredModel,
    HealthLevel,
    HealthReport,
    TargetRecord,
    UpstreamHealthRecord,
    UpstreamKeyRecord,
    UpstreamRecord,
)
from tests.app.listing.test_presenter import Form
from tests.support.control_plane import ControlPlane
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled
from tests.support.upstream import FakeUpstream, json_answer

VALUES = UpstreamValues(
    name="Z.ai", format="openai", base_url="https://api.z.ai/api/paas/v4", api_key="sk-1"
)
RECORD = UpstreamRecord(
    id=UUID(int=1), name="Z.ai", base_url=VALUES.base_url, format="openai", secret_place="keyring", created_at=NOW,
    updated_at=NOW, keys=(UpstreamKeyRecord(id=UUID(int=2), created_at=NOW, updated_at=NOW),),
)  # fmt: skip


class CheckForm(Form):
    """Records a test too."""

    def set_checking(self, checking: bool) -> None:
        self.told.append(("checking", checking))

    def show_report(self, report: HealthReport) -> None:
        self.told.append(report.error or f"{report.models_found} models")


class Shown:
    """A presenter whose page is in view, and what it said."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.bridge = bridge_to(engine)
        self.said: list[tuple[str, str]] = []
        self.presenter = UpstreamsPresenter(
            self.bridge, lambda text, tone: self.said.append((text, tone))
        )
        self.added: list[UpstreamRecord] = []
        self.presenter.added.connect(self.added.append)

    @property
    def rows(self) -> tuple[UpstreamRow, ...]:
        return self.presenter.rows


@pytest.fixture
async def shown(qapp: QApplication) -> Shown:
    result = Shown(FakeEngine())
    result.presenter.start()
    await settled()
    return result


async def save(shown: Shown, values: UpstreamValues, record: UpstreamRecord | None = None) -> Form:
    form = Form()
    shown.presenter.save(values, form, record)
    await settled()
    return form


async def test_adding_shows_the_row_and_tells_of_it(shown: Shown) -> None:
    form = await save(shown, VALUES)
    assert form.told == [True, "accepted", False]
    assert [row.record.name for row in shown.rows] == ["Z.ai"]
    assert shown.added == [shown.rows[0].record]
    assert shown.rows[0].record.secret_place == "keyring"
    assert list(shown.engine.secrets.held.values()) == ["sk-1"]


@pytest.mark.parametrize(
    ("values", "field"), [({"name": " "}, "name"), ({"base_url": "api.z.ai"}, "base_url")]
)
async def test_what_cannot_be_used_is_said_at_its_field(
    shown: Shown, values: dict[str, str], field: str
) -> None:
    bad = UpstreamValues(**{"name": "a", "format": "openai", "base_url": "http://x"} | values)  # type: ignore[arg-type]
    form = await save(shown, bad)
    assert form.told[1][0] == field  # type: ignore[index]
    assert shown.rows == ()


async def test_a_locked_keyring_is_the_forms_error(shown: Shown) -> None:
    shown.engine.secrets.failure = SecretStoreUnavailable("The keyring is locked.")
    form = await save(shown, VALUES)
    assert form.told == [True, "The keyring is locked.", False]
    assert shown.rows == ()


@pytest.mark.parametrize(
    ("change", "held"),
    [
        ({"api_key": ""}, ["sk-1"]),
        ({"api_key": "sk-2"}, ["sk-2"]),
    ],
)
async def test_editing_keeps_or_replaces_the_key(
    shown: Shown, change: dict[str, object], held: list[str]
) -> None:
    await save(shown, VALUES)
    values = UpstreamValues(
        **{  # type: ignore[arg-type]
            "name": "Zhipu",
            "format": "openai",
            "base_url": "http://x",
            "priority": 5,
            "first_byte_timeout_seconds": 20.0,
            "idle_timeout_seconds": 90.0,
        }
        | change
    )
    await save(shown, values, shown.rows[0].record)
    record = shown.rows[0].record
    assert (record.name, record.base_url, record.priority) == ("Zhipu", "http://x", 5)
    assert (record.first_byte_timeout_seconds, record.idle_timeout_seconds) == (20, 90)
    assert list(shown.engine.secrets.held.values()) == held


async def test_a_test_before_saving_uses_what_is_filled_in(shown: Shown) -> None:
    shown.engine.upstream_models = [DiscoveredModel(id="a"), DiscoveredModel(id="b")]
    form = CheckForm()
    shown.presenter.test(VALUES, form)
    await settled()
    assert form.told == [("checking", True), "2 models", ("checking", False)]
    asked = shown.engine.discovery.asked[0]
    assert (asked.base_url, asked.api_key) == (VALUES.base_url, "sk-1")
    assert shown.rows == ()


async def test_a_failing_test_says_why(shown: Shown) -> None:
    shown.engine.upstream_failure = "It answered 401."
    form = CheckForm()
    shown.presenter.test(VALUES, form)
    await settled()
    assert "It answered 401." in form.told


async def test_a_test_of_the_stored_upstream_uses_its_stored_key(shown: Shown) -> None:
    await save(shown, VALUES)
    form = CheckForm()
    shown.presenter.test(replace_key(VALUES, ""), form, shown.rows[0].record)
    await settled()
    assert shown.engine.discovery.asked[-1].api_key == "sk-1"


async def test_a_changed_address_is_not_tested_without_its_key(shown: Shown) -> None:
    form = CheckForm()
    shown.presenter.test(
        UpstreamValues(name="a", format="openai", base_url="http://x"), form, RECORD
    )
    assert form.told == [SAVE_FIRST]
    assert shown.engine.discovery.asked == []


def replace_key(values: UpstreamValues, key: str) -> UpstreamValues:
    return UpstreamValues(
        name=values.name, format=values.format, base_url=values.base_url, api_key=key
    )


def test_what_a_test_can_use() -> None:
    elsewhere = UpstreamValues(name="a", format="openai", base_url="http://x")
    unchanged = replace_key(VALUES, "")
    assert check_source(VALUES, None) == "given"
    assert check_source(VALUES, RECORD) == "given"
    assert check_source(unchanged, RECORD) == "saved"
    assert check_source(elsewhere, RECORD) == "not saved"
    assert check_source(elsewhere, replace(RECORD, keys=())) == "given"


async def test_a_test_from_the_table_stays_in_its_row(shown: Shown) -> None:
    await save(shown, VALUES)
    shown.engine.upstream_models = [DiscoveredModel(id="a")]
    went: list[bool] = []
    shown.presenter.changed.connect(lambda: went.append(bool(shown.presenter.checking)))
    shown.presenter.check(shown.rows[0])
    await settled()
    assert went == [True, False]
    assert shown.rows[0].health == ("works", "ok", "Works · 1 model · 143 ms")
    assert shown.said[-1] == ("Z.ai: Works · 1 model · 143 ms", "ok")
    shown.engine.upstream_failure = "It answered 401."
    shown.presenter.check(shown.rows[0])
    await settled()
    assert shown.rows[0].health[:2] == ("failing", "err")


async def test_health_is_live_and_known_though_it_changed_unseen(shown: Shown) -> None:
    await save(shown, VALUES)
    record = shown.rows[0].record
    shown.presenter.stop()
    tell(shown, record, "down")
    assert shown.rows[0].health.word == "not asked yet"
    shown.presenter.start()
    await settled()
    assert shown.rows[0].health.word == "down"
    tell(shown, record, "ok")
    assert shown.rows[0].health.word == "works"


async def test_rates_and_times_are_looked_at_while_the_page_is_seen(shown: Shown) -> None:
    await save(shown, VALUES)
    assert shown.presenter._timer.isActive()
    shown.engine.health = [seen(shown.rows[0].record, "degraded")]
    shown.presenter._timer.timeout.emit()
    assert shown.rows[0].health.word == "degraded"
    shown.presenter.stop()
    assert not shown.presenter._timer.isActive()


def seen(record: UpstreamRecord, level: HealthLevel) -> UpstreamHealthRecord:
    return UpstreamHealthRecord(upstream_id=record.id, upstream_name=record.name, level=level)


def tell(shown: Shown, record: UpstreamRecord, level: HealthLevel) -> None:
    """The engine sees the upstream come to another level."""
    shown.engine.health = [seen(record, level)]
    shown.engine.events.publish(
        UpstreamHealthChanged(
            upstream_id=record.id,
            upstream_name=record.name,
            state="open" if level == "down" else "closed",
            level=level,
            reason="503",
        )
    )


async def test_disable_and_enable(shown: Shown) -> None:
    await save(shown, VALUES)
    shown.presenter.set_active(shown.rows, False)
    await settled()
    assert not shown.rows[0].record.is_active


async def test_deleting_several_takes_their_keys_and_targets_too(shown: Shown) -> None:
    engine = shown.engine
    one = await engine.upstreams.create(
        name="one", base_url="http://1", format="openai", api_key="k"
    )
    two = await engine.upstreams.create(name="two", base_url="http://2", format="openai")
    await engine.models.create(name="only", upstream_id=one.id)
    targets = [
        TargetRecord(upstream_id=one.id, upstream_model="m"),
        TargetRecord(upstream_id=two.id, upstream_model="m", priority=1),
    ]
    await engine.models.create(name="both", targets=targets)
    await settled()
    assert losing_models(shown.rows[:1], shown.rows) == (
        "only has no other upstream and will not be served any more. both goes on with another upstream."
    )
    shown.presenter.delete(shown.rows[:1])
    await settled()
    assert [row.record.name for row in shown.rows] == ["two"]
    assert engine.secrets.held == {}
    assert shown.said[-1] == ("one deleted", "ok")


def test_nothing_lost_and_much_lost_are_said_shortly() -> None:
    row = UpstreamRow(record=RECORD, now=NOW)
    assert losing_models([row], [row]) == "No model uses it."
    many = UpstreamRow(record=RECORD, models=tuple(f"m{n}" for n in range(8)), now=NOW)
    assert losing_models([many], [many]).startswith("m0, m1, m2, m3, m4 and 3 more have no other")


async def test_a_filter_finds_name_and_address(shown: Shown) -> None:
    await save(shown, VALUES)
    shown.presenter.set_filter("API.Z.AI")
    assert len(shown.presenter.visible_rows) == 1
    shown.presenter.set_filter("openrouter")
    assert shown.presenter.visible_rows == ()


async def test_it_works_on_the_real_use_cases(qapp: QApplication, control: ControlPlane) -> None:
    """The same on PostgreSQL and an upstream that answers over HTTP."""
    engine = FakeEngine()
    engine.keys, engine.upstreams, engine.models = control.keys, control.upstreams, control.models
    real = Shown(engine)
    async with FakeUpstream() as upstream:
        upstream.always = json_answer({"object": "list", "data": [{"id": "m1"}, {"id": "m2"}]})
        values = UpstreamValues(
            name="local", format="openai", base_url=upstream.url, api_key="sk-x"
        )
        form = CheckForm()
        real.presenter.test(values, form)
        real.presenter.save(values, form)
        await until(lambda: bool(real.added))
        real.presenter.start()
        await until(lambda: bool(real.rows))
        real.presenter.check(real.rows[0])
        await until(lambda: bool(real.said))
    assert "2 models" in form.told
    assert "Works · 2 models" in real.said[0][0]
    assert upstream.requests[0].headers["Authorization"] == "Bearer sk-x"


async def until(condition: object, seconds: float = 10) -> None:
    import asyncio

    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.01)
