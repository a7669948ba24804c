"""Takes pictures of the real window on a fake engine: ``python -m tests.support.screens DIRECTORY [SCENE ...]``.

Run it on a real or virtual screen, at 1x and with QT_SCALE_FACTOR=2, and look at the pictures. A scene is a coroutine
that brings the window into a state; the dialogs it opened are closed after its picture.
"""

import asyncio
import importlib
import sys
import traceback
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QApplication, QDialog, QScrollArea

from pxbin_app import qt_language
from pxbin_app.application import PAGES
from pxbin_app.engine_host import exposure_question
from pxbin_app.event_loop import new_event_loop
from pxbin_app.main_window import MainWindow
from pxbin_app.overlays import Overlays
from pxbin_app.pages import PageContext
from pxbin_app.sidebar import PageDescriptor
from pxbin_app.theme import Tone, current
from pxbin_app.theme.fonts import load_fonts
from pxbin_app.widgets.overlay import Overlay
from pxbin_engine.events import RequestStarted
from pxbin_engine.records import (
    DiscoveredModel,
    ExplainedTarget,
    Explanation,
    LearnedQuirk,
    ModelPrice,
    TargetRecord,
    UpstreamHealthRecord,
    UpstreamRecord,
)
from tests.support.client_scenes import CLIENT_SCENES, clients_no_model
from tests.support.database import uuid7
from tests.support.fake_engine import NOW, FakeEngine, bridge_to
from tests.support.log_scenes import LOG_SCENES, send_requests
from tests.support.memory_budgets import a_budget, a_status
from tests.support.memory_sessions import MemorySessions, some_sessions
from tests.support.overlay_scenes import OVERLAY_SCENES
from tests.support.price_scenes import PRICE_SCENES
from tests.support.reconcile_scenes import RECONCILE_SCENES
from tests.support.settings_scenes import SETTINGS_SCENES, a_fake_app
from tests.support.state_scenes import STATE_SCENES
from tests.support.traffic import MemoryLog, MemoryStats

PRICES = {
    "claude-sonnet-4-5": ("3", "15", "0.3"),
    "claude-haiku-4-5": ("1", "5", "0.1"),
    "gpt-5.2": ("1.75", "14", "0.175"),
    "gpt-5.2-mini": ("1.75", "14", "0.175"),
    "gemini-3-pro": ("2", "12", "0.2"),
    "glm-4.6": ("0.6", "2.2", "0.11"),
    "deepseek-chat": ("0.28", "0.42", "0.028"),
}
UPSTREAMS = (
    ("Anthropic", "https://api.anthropic.com", "anthropic", 0, ("claude-sonnet-4-5", "claude-haiku-4-5")),
    ("OpenAI", "https://api.openai.com/v1", "openai-responses", 0, ("gpt-5.2", "gpt-5.2-mini")),
    ("Google", "https://generativelanguage.googleapis.com", "gemini", 0, ("gemini-3-pro",)),
    ("Z.ai", "https://api.z.ai/api/coding/paas/v4", "openai", 10, ("glm-4.6",)),
    ("DeepSeek", "https://api.deepseek.com", "openai", 10, ("deepseek-chat",)),
    ("Ollama", "http://127.0.0.1:11434/v1", "openai", 20, ("qwen3-coder:30b", "gpt-oss:20b")),
    ("Work router", "https://llm.example.com/v1", "openai", 30, ()),
)  # fmt: skip
LOCAL = {"Ollama"}
PRESET_OF = {
    "Anthropic": "anthropic",
    "OpenAI": "openai-responses",
    "Google": "gemini",
    "Z.ai": "zai-coding",
    "DeepSeek": "deepseek",
    "Ollama": "ollama",
}


async def populate(engine: FakeEngine) -> None:
    """Fill the engine with what a busy person has."""
    engine.published = {
        name: ModelPrice(
            input=Decimal(put), output=Decimal(out), cache_read=Decimal(read), source="published"
        )
        for name, (put, out, read) in PRICES.items()
    }
    ids: dict[str, UUID] = {}
    for name, base_url, form, priority, models in UPSTREAMS:
        engine.secrets.place = "sealed" if name == "DeepSeek" else "keyring"
        record = await engine.upstreams.create(
            name=name,
            base_url=base_url,
            format=form,  # type: ignore[arg-type]  # the formats, spelt above
            api_key=None if name in LOCAL else "sk-an-example",
            priority=priority,
            is_active=name != "Work router",
            preset=PRESET_OF.get(name),
        )
        ids[name] = record.id
        engine.upstream_models = [
            DiscoveredModel(
                id=model,
                owned_by=name.lower(),
                context_window=1_048_576 if form == "gemini" else 200_000,
                max_output_tokens=65_536 if form == "gemini" else None,
            )
            for model in models
        ]
        await engine.models.discover(record.id)
        await engine.models.import_models(record.id, models)
    models = {model.name: model for model in await engine.models.list()}
    await engine.models.update(
        models["claude-haiku-4-5"].id,
        targets=(
            TargetRecord(upstream_id=ids["Anthropic"], upstream_model="claude-haiku-4-5-20251001"),
            TargetRecord(upstream_id=ids["Z.ai"], upstream_model="glm-4.5-air", priority=1),
        ),
    )
    await engine.models.update(
        models["qwen3-coder:30b"].id,
        input_cost_per_million=Decimal(0),
        output_cost_per_million=Decimal(0),
    )
    await engine.models.update(models["gpt-oss:20b"].id, is_active=False)
    await engine.models.update(
        models["glm-4.6"].id,
        targets=(
            TargetRecord(upstream_id=ids["Z.ai"], upstream_model="glm-4.6", weight=2),
            TargetRecord(upstream_id=ids["DeepSeek"], upstream_model="deepseek-chat"),
            TargetRecord(
                upstream_id=ids["Anthropic"], upstream_model="claude-sonnet-4-5", priority=1
            ),
        ),
    )
    await engine.upstreams.add_key(ids["Z.ai"], "sk-another", label="Team account")
    await engine.upstreams.add_key(ids["Z.ai"], "sk-a-third", label="Old account")
    zai = await engine.upstreams.get(ids["Z.ai"])
    await engine.upstreams.update_key(ids["Z.ai"], zai.keys[2].id, is_active=False)
    await engine.upstreams.update(ids["Z.ai"], first_byte_timeout_seconds=20)
    engine.health = health_of_a_day(ids, resting=zai.keys[1].id)
    for days, name, limit in (
        (40, "Claude Code laptop", None),
        (12, "OpenCode", 120),
        (3, "CI", 30),
    ):
        engine.now = NOW - timedelta(days=days)
        await engine.keys.create("llm", name, rate_limit=limit)
    await engine.keys.create(
        "llm",
        "Intern",
        rate_limit=60,
        tokens_per_minute=200_000,
        max_concurrency=2,
        allowed_models=("glm-4.6", "deepseek-chat", "qwen3-coder:30b"),
        expires_at=datetime.now(UTC) + timedelta(days=9),
    )
    await engine.keys.create(
        "llm", "Workshop", allowed_models=("claude-*",), expires_at=engine.now + timedelta(hours=1)
    )
    await engine.keys.create("management", "grafana", permissions=("read",))
    await engine.keys.create("management", "terraform")
    for place, key in enumerate(await engine.keys.list()):
        if key.name == "CI":
            await engine.keys.revoke(key.id)
        if key.name == "OpenCode":
            await engine.aliases.create(pattern="*", model="glm-4.6", key_id=key.id)
        engine.key_store.touch(key.id, NOW - timedelta(minutes=3**place))
    engine.now = NOW
    await engine.aliases.create(pattern="gpt-4*", model="gpt-5.2")
    await engine.aliases.create(pattern="*", model="claude-sonnet-4-5")
    await engine.aliases.create(pattern="o3-mini", model="gpt-oss:20b", is_active=False)
    await engine.aliases.set_client_map(
        "Claude Code", {"*opus*": "glm-4.6", "*haiku*": "qwen3-coder:30b"}
    )


def health_of_a_day(ids: dict[str, UUID], *, resting: UUID) -> list[UpstreamHealthRecord]:
    """One upstream that works, one that is down, one that fails at times."""
    now = datetime.now(UTC)
    return [
        UpstreamHealthRecord(
            upstream_id=ids["Anthropic"], upstream_name="Anthropic", level="ok", error_rate=0.004, recent_requests=512,
            last_ok_at=now - timedelta(seconds=8), last_failure_at=now - timedelta(minutes=41), last_failure="529 Overloaded.",
            checked_at=now - timedelta(hours=2),
        ),
        UpstreamHealthRecord(
            upstream_id=ids["Z.ai"], upstream_name="Z.ai", level="down", circuit="open", error_rate=0.83,
            recent_requests=24, last_ok_at=now - timedelta(minutes=12), last_failure_at=now - timedelta(seconds=19),
            last_failure="5 failures in a row; the last one: 503 Service Unavailable.",
            checked_at=now - timedelta(seconds=50), resting_keys=(resting,),
        ),
        UpstreamHealthRecord(
            upstream_id=ids["DeepSeek"], upstream_name="DeepSeek", level="degraded", error_rate=0.14, recent_requests=90,
            last_ok_at=now - timedelta(seconds=30), last_failure_at=now - timedelta(minutes=2),
            last_failure="No first byte within 60 s.",
        ),
        UpstreamHealthRecord(
            upstream_id=ids["Google"], upstream_name="Google", level="ok", last_ok_at=now - timedelta(minutes=4),
            checked_at=now - timedelta(minutes=4),
        ),
    ]  # fmt: skip


class Stage:
    """The window, and the engine that it shows."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.log = MemoryLog()
        self.engine.requests = self.log
        self.engine.stats = MemoryStats(self.log, now=datetime.now(UTC))
        self.bridge = bridge_to(self.engine)
        self.app = a_fake_app()
        remembered = self.app.settings.store  # this stage's alone
        self.window = MainWindow([self._descriptor(entry) for entry in PAGES], remembered)
        self.running()
        self.overlays = Overlays(self.bridge, self.window, self.app.controls)

    def running(self) -> None:
        """Say in the sidebar that the engine runs."""
        self.window.set_state("running", address=self.engine.address, base_url=self.engine.base_url)

    def _descriptor(self, entry: object) -> PageDescriptor:
        context = PageContext(
            bridge=self.bridge,
            notify=self._notify,
            show_page=self._show_page,
            controls=self.app.controls,
        )
        name, factory = entry.name, entry.factory  # type: ignore[attr-defined]  # a PageEntry

        def build() -> object:
            module = importlib.import_module(f"pxbin_app.pages.{name}.page")
            return getattr(module, factory)(context)

        return PageDescriptor(
            name=name,
            title=entry.title,  # type: ignore[attr-defined]
            icon_name=entry.icon_name,  # type: ignore[attr-defined]
            section=entry.section,  # type: ignore[attr-defined]
            build=build,  # type: ignore[arg-type]
        )

    def _notify(self, text: str, tone: Tone) -> None:
        self.window.toast(text, tone)

    def _show_page(self, name: str) -> None:
        self.window.show_page(name)

    async def show(self, name: str) -> object:
        """Bring a page into view, loaded."""
        self.window.show_page(name)
        await asyncio.sleep(0.2)
        return self.window.current_page


def number_of(page: object, name: str) -> int:
    """The line of the record of this name."""
    rows = page.panel.rows  # type: ignore[attr-defined]
    return next(number for number, row in enumerate(rows) if row.record.name == name)


def open_row(page: object, name: str) -> None:
    """Open the form of the record of this name."""
    number = number_of(page, name)
    page.table.select_row(number)  # type: ignore[attr-defined]
    page.table.activated_row.emit(number)  # type: ignore[attr-defined]


async def upstreams(stage: Stage) -> None:
    page = await stage.show("upstreams")
    page.table.select_row(2)  # type: ignore[attr-defined]


async def upstream_form(stage: Stage) -> None:
    page = await stage.show("upstreams")
    stage.engine.upstream_models = [DiscoveredModel(id=f"model-{n}") for n in range(12)]
    page.open_add()  # type: ignore[attr-defined]
    await asyncio.sleep(0.1)
    dialog = open_dialog()
    dialog.preset.set_value("zai")  # type: ignore[attr-defined]
    dialog._choose_preset("zai")  # type: ignore[attr-defined]
    dialog.api_key.setText("sk-something-secret")  # type: ignore[attr-defined]
    dialog.check.click()  # type: ignore[attr-defined]


async def upstream_edit(stage: Stage) -> None:
    page = await stage.show("upstreams")
    open_row(page, "Z.ai")
    await asyncio.sleep(0.1)
    stage.engine.upstream_failure = "Z.ai answered 401: the key is not valid."
    open_dialog().check.click()  # type: ignore[attr-defined]
    await asyncio.sleep(0.1)
    stage.engine.upstream_failure = ""


async def upstream_health(stage: Stage) -> None:
    page = await stage.show("upstreams")
    page.table.select_row(number_of(page, "Z.ai"))  # type: ignore[attr-defined]
    page.panel._listing.actions[1].run(page.selected())  # type: ignore[attr-defined]


async def upstream_key(stage: Stage) -> None:
    page = await stage.show("upstreams")
    open_row(page, "Z.ai")
    await asyncio.sleep(0.1)
    open_dialog().keys.add.click()  # type: ignore[attr-defined]


async def upstream_learned(stage: Stage) -> None:
    page = await stage.show("upstreams")
    record = next(one for one in await stage.engine.upstreams.list() if one.name == "Z.ai")
    lessons = (
        ("glm-4.6", "dropped_fields", "does not take `parallel_tool_calls`"),
        ("glm-4.6", "dropped_schema_keywords", "refuses `propertyNames`, `$schema` in a tool's schema"),
        ("glm-4.5-air", "max_output_tokens", "writes at most 8192 tokens"),
    )  # fmt: skip
    await stage.engine.upstreams.forget(record.id)
    await stage.engine.upstreams.learn(
        record.id,
        [
            LearnedQuirk(
                upstream_model=model, quirk=quirk, value=True, description=said, learned_at=NOW
            )
            for model, quirk, said in lessons
        ],
    )
    await asyncio.sleep(0.2)
    open_row(page, "Z.ai")
    await asyncio.sleep(0.1)


async def upstream_import(stage: Stage) -> None:
    page = await stage.show("upstreams")
    names = ("glm-4.6", "glm-4.5", "glm-4.5-air", "glm-4.5-flash", "glm-4.5v", "gpt-5.2")
    stage.engine.upstream_models = [
        DiscoveredModel(id=name, context_window=131_072) for name in names
    ]
    page.table.select_row(number_of(page, "Z.ai"))  # type: ignore[attr-defined]
    rows = page.selected()  # type: ignore[attr-defined]
    page.panel._listing.actions[3].run(rows)  # type: ignore[attr-defined]


async def upstream_delete(stage: Stage) -> None:
    page = await stage.show("upstreams")
    page.table.select_rows((0, 2))  # type: ignore[attr-defined]
    page.panel._listing.actions[-1].run(page.selected())  # type: ignore[attr-defined]


async def dashboard(stage: Stage) -> None:
    await send_requests(stage)
    await stage.show("dashboard")
    await asyncio.sleep(0.9)


async def dashboard_empty(stage: Stage) -> None:
    await stage.show("dashboard")
    await asyncio.sleep(0.4)


def put_budgets(stage: Stage) -> None:
    """Five budgets: one of each level, and one that each key has for itself."""
    if stage.engine.budgets.rows:
        return
    now = datetime.now(UTC)
    hours = {
        "starts_at": now - timedelta(hours=14),
        "ends_at": now + timedelta(hours=9, minutes=20),
    }
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    month = {"starts_at": first, "ends_at": (first + timedelta(days=32)).replace(day=1)}
    week = {"starts_at": now - timedelta(days=2), "ends_at": now + timedelta(days=5)}
    zone = {"time_zone": "Europe/Berlin"}
    a_key = a_budget(name="Each key", scope="key", limit=Decimal(20), period="month", **zone)
    stage.engine.budgets.put(
        a_status(a_budget(name="Team, every day", **zone), "6.89", reserved=Decimal("0.62"), forecast=Decimal("9.4"), **hours),
        a_status(
            a_budget(name="Everything this month", period="month", limit=Decimal(150)),
            "131.4",
            forecast=Decimal("178.2"),
            unpriced_requests=12,
            **month,
        ),
        a_status(
            a_budget(name="Claude Code", scope="client", subject="Claude Code", period="week", limit=Decimal(40)),
            "19.2",
            level="fast",
            forecast=Decimal("61.4"),
            **week,
        ),
        a_status(
            a_budget(name="Opus", scope="model", subject="claude-opus-4-5", limit=Decimal("2.5")),
            "2.5137",
            **hours,
        ),
        a_status(
            a_budget(name="First fifty dollars", period="total", limit=Decimal(50), is_hard=False),
            "12.07",
        ),
        *(
            a_status(a_key, spent, subject=name, label=name, **month)
            for name, spent in (
                ("Claude Code laptop", "17.1"),
                ("OpenCode", "3.4"),
                ("CI", "20.04"),
                ("Codex desktop", "0.9"),
                ("Grafana assistant", "0.02"),
            )
        ),
    )  # fmt: skip


async def costs(stage: Stage) -> None:
    await send_requests(stage)
    put_budgets(stage)
    await stage.show("costs")
    await asyncio.sleep(0.9)


async def costs_spent(stage: Stage) -> None:
    page: Any = await stage.show("costs")
    await asyncio.sleep(0.9)
    page.board.parts._buttons["client"].click()
    await asyncio.sleep(0.2)
    area = page.findChild(QScrollArea)
    area.verticalScrollBar().setValue(page.spend_view.y() - 40)


async def costs_sessions(stage: Stage) -> None:
    sessions = stage.engine.sessions = MemorySessions(some_sessions(NOW))
    page: Any = await stage.show("costs")
    page.sessions.refresh()
    async with asyncio.timeout(10):
        while not page.sessions.rows:  # what tells of them tells the page
            await asyncio.sleep(0.1)
    page.sessions.toggle(page.sessions.rows[0])
    stage.engine.events.publish(
        RequestStarted(
            id=uuid7(), timestamp=NOW, path="/v1/messages", model="glm-4.6", upstream_name="Z.ai",
            key_name="laptop", client_name="Claude Code 2.1.330", stream=True,
            session_id=sessions.trees[0].session.session_id, agent_id="a99ee6f04f7a",
        )
    )  # fmt: skip
    page.session_board.table.select_row(2)
    await asyncio.sleep(0.5)
    area = page.findChild(QScrollArea)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())


async def costs_empty(stage: Stage) -> None:
    await stage.show("costs")
    await asyncio.sleep(0.4)


async def budget_form(stage: Stage) -> None:
    page = await stage.show("costs")
    page.budgets.ask_for_form()  # type: ignore[attr-defined]
    await asyncio.sleep(0.2)
    dialog = open_dialog()
    dialog.scope.set_value("key")  # type: ignore[attr-defined]
    dialog._show_scope("key")  # type: ignore[attr-defined]
    dialog.name.setText("Each key")  # type: ignore[attr-defined]
    dialog.limit.setText("ten")  # type: ignore[attr-defined]
    dialog.submit()  # type: ignore[attr-defined]


async def exposed(stage: Stage) -> None:
    await stage.show("costs")
    stage.window.set_state(
        "running", address="0.0.0.0:8080", base_url="http://127.0.0.1:8080", exposed=True
    )
    exposure_question(stage.window, "0.0.0.0:8080").show()


async def logs_empty(stage: Stage) -> None:
    page = await stage.show("logs")
    await asyncio.sleep(0.4)
    page.dismiss()  # type: ignore[attr-defined]


async def models(stage: Stage) -> None:
    page = await stage.show("models")
    page.table.select_row(0)  # type: ignore[attr-defined]


async def model_edit(stage: Stage) -> None:
    page = await stage.show("models")
    page.table.select_row(0)  # type: ignore[attr-defined]
    page.table.activated_row.emit(0)  # type: ignore[attr-defined]


async def model_import(stage: Stage) -> None:
    page = await stage.show("models")
    stage.engine.upstream_models = [
        DiscoveredModel(id=f"vendor-{n % 7}/model-{n}", context_window=n * 1000) for n in range(300)
    ]
    page.open_import()  # type: ignore[attr-defined]


async def model_targets(stage: Stage) -> None:
    page = await stage.show("models")
    page.show_kind("models")  # type: ignore[attr-defined]
    open_row(page, "claude-haiku-4-5")
    await asyncio.sleep(0.1)
    editor = open_dialog().targets  # type: ignore[attr-defined]
    editor.lines[0].weight.setText("2")
    shared = editor.add_line(str(editor.targets(default_name="m")[1].upstream_id), "glm-4.6")
    shared.turn.set_value("shared")
    shared.turn.chosen.emit("shared")


async def aliases(stage: Stage) -> None:
    page = await stage.show("models")
    page.show_kind("aliases")  # type: ignore[attr-defined]
    await asyncio.sleep(0.2)
    page.aliases.table.select_row(0)  # type: ignore[attr-defined]


async def alias_form(stage: Stage) -> None:
    await aliases(stage)
    stage.window.current_page.aliases.open_add()  # type: ignore[attr-defined]
    dialog = open_dialog()
    dialog.pattern.setText("gpt-4*")  # type: ignore[attr-defined]


async def alias_claude_code(stage: Stage) -> None:
    await aliases(stage)
    stage.window.current_page.claude_code.click()  # type: ignore[attr-defined]


async def model_explain(stage: Stage) -> None:
    page = await stage.show("models")
    page.show_kind("models")  # type: ignore[attr-defined]
    await asyncio.sleep(0.2)
    page.table.select_row(-1)  # type: ignore[attr-defined]
    stage.engine.explanation = an_explanation(await stage.engine.upstreams.list())
    page.open_explain()  # type: ignore[attr-defined]
    dialog = open_dialog()
    dialog.model.setText("claude-opus-4-6[1m]")  # type: ignore[attr-defined]
    dialog.client.setText("Claude Code")  # type: ignore[attr-defined]
    await asyncio.sleep(0.5)


def an_explanation(upstreams: Sequence[UpstreamRecord]) -> Explanation:
    """A route with an alias, shared targets and one that is down."""
    ids = {one.name: one.id for one in upstreams}
    return Explanation(
        asked_model="claude-opus-4-6[1m]",
        model="glm-4.6",
        steps=(
            "The alias *opus* of Claude Code means glm-4.6; it goes before a model of the very name.",
            "Two targets of priority 0 share its sessions, 2 to 1; without a session one of them is taken by chance.",
        ),
        targets=(
            ExplainedTarget(
                upstream_id=ids["Z.ai"], upstream_name="Z.ai", upstream_model="glm-4.6", priority=0, weight=2,
                state="circuit_open",
                reason="Passed over: 5 failures in a row, the last one 503 Service Unavailable. Tried again in 24 s.",
            ),
            ExplainedTarget(
                upstream_id=ids["DeepSeek"], upstream_name="DeepSeek", upstream_model="deepseek-chat", priority=0,
                weight=1, state="ready", reason="It shares its place with Z.ai and comes next.",
            ),
            ExplainedTarget(
                upstream_id=ids["Anthropic"], upstream_name="Anthropic", upstream_model="claude-sonnet-4-5",
                priority=1, weight=1, state="over_budget", verbatim=True,
                reason="The budget Anthropic, a month is used up: $50.00 of $50.00 until 1 Dec.",
            ),
        ),
    )  # fmt: skip


async def models_empty(stage: Stage) -> None:
    await stage.show("models")


async def models_first(stage: Stage) -> None:
    if not await stage.engine.upstreams.list():
        await stage.engine.upstreams.create(name="Z.ai", base_url="http://z", format="openai")
    await stage.show("models")


async def keys(stage: Stage) -> None:
    page = await stage.show("keys")
    page.table.select_row(1)  # type: ignore[attr-defined]


async def keys_management(stage: Stage) -> None:
    page = await stage.show("keys")
    page.kind.set_value("management")  # type: ignore[attr-defined]
    page.kind.chosen.emit("management")  # type: ignore[attr-defined]


async def key_form(stage: Stage) -> None:
    page = await stage.show("keys")
    page.kind.set_value("llm")  # type: ignore[attr-defined]
    page.kind.chosen.emit("llm")  # type: ignore[attr-defined]
    page.open_create()  # type: ignore[attr-defined]


async def key_limited(stage: Stage) -> None:
    page = await stage.show("keys")
    await asyncio.sleep(0.1)
    open_row(page, "Intern")


async def key_created(stage: Stage) -> None:
    await key_form(stage)
    dialog = open_dialog()
    dialog.name.setText("Claude Code desk")  # type: ignore[attr-defined]
    dialog.submit()  # type: ignore[attr-defined]


async def key_connect(stage: Stage) -> None:
    page = await stage.show("keys")
    page.kind.set_value("llm")  # type: ignore[attr-defined]
    page.kind.chosen.emit("llm")  # type: ignore[attr-defined]
    await asyncio.sleep(0.1)
    page.presenter.tell_usage()  # type: ignore[attr-defined]
    await asyncio.sleep(0.2)
    open_dialog().usage.tabs._buttons["Codex"].click()  # type: ignore[attr-defined]


async def keys_empty(stage: Stage) -> None:
    await stage.show("keys")


def open_dialog() -> QDialog:
    """The dialog on the screen."""
    dialogs = [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog)]
    return next(one for one in dialogs if one.isVisible())


SCENES: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "upstreams": upstreams,
    "upstream-form": upstream_form,
    "upstream-edit": upstream_edit,
    "upstream-health": upstream_health,
    "upstream-key": upstream_key,
    "upstream-learned": upstream_learned,
    "upstream-import": upstream_import,
    "upstream-delete": upstream_delete,
    "models": models,
    "model-edit": model_edit,
    "model-import": model_import,
    "model-targets": model_targets,
    "aliases": aliases,
    "alias-form": alias_form,
    "alias-claude-code": alias_claude_code,
    "model-explain": model_explain,
    "keys": keys,
    "keys-management": keys_management,
    "key-form": key_form,
    "key-limited": key_limited,
    "key-created": key_created,
    "key-connect": key_connect,
    "dashboard": dashboard,
    "costs": costs,
    "costs-spent": costs_spent,
    "costs-sessions": costs_sessions,
    **RECONCILE_SCENES,
    "budget-form": budget_form,
    **LOG_SCENES,
    "exposed": exposed,
    **OVERLAY_SCENES,
    **PRICE_SCENES,
    **CLIENT_SCENES,
    **SETTINGS_SCENES,
}
EMPTY_SCENES: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "upstreams-empty": upstreams,
    "models-empty": models_empty,
    "models-first": models_first,
    "keys-empty": keys_empty,
    "dashboard-empty": dashboard_empty,
    "logs-empty": logs_empty,
    "costs-empty": costs_empty,
    "clients-no-model": clients_no_model,
}


async def take(
    stage: Stage, name: str, scene: Callable[[Stage], Awaitable[None]], to: Path
) -> None:
    """Play a scene, dark and light, and save what the screen shows."""
    for mode in ("dark", "light"):
        current().set_mode(mode)  # type: ignore[arg-type]  # the two modes, spelt above
        stage.window.move(0, 0)
        await scene(stage)
        await asyncio.sleep(0.5)
        scale = f"{stage.window.devicePixelRatio():.0f}x"
        stage.window.screen().grabWindow(0).save(str(to / f"{name}-{mode}-{scale}.png"))
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog):
                widget.done(0)
        for overlay in stage.window.findChildren(Overlay):
            if overlay.is_open:
                overlay.close_overlay()
        await asyncio.sleep(0.05)


async def play(directory: Path, wanted: list[str]) -> list[str]:
    """Take all pictures, or those named; gives the scenes that failed, whose error is told."""
    failed = []
    for scenes, full in ((SCENES, True), (EMPTY_SCENES, False)):
        stage = Stage()
        if full:
            await populate(stage.engine)
        stage.window.show_page("upstreams")  # so that no other page is built first
        stage.window.show()
        for name, scene in scenes.items():
            if (not wanted or name in wanted) and not await taken(
                name, take(stage, name, scene, directory)
            ):
                failed.append(name)
        stage.window.hide()
    for name, scene in STATE_SCENES.items():
        if (not wanted or name in wanted) and not await taken(
            name, take_state(name, scene, directory)
        ):
            failed.append(name)
    return failed


async def taken(name: str, taking: Awaitable[None]) -> bool:
    """Whether a picture was taken: one scene that fails keeps no other from being seen."""
    try:
        await taking
    except Exception:  # noqa: BLE001  # whatever a scene runs into
        sys.stderr.write(f"screens: {name} failed\n{traceback.format_exc()}")
        return False
    return True


async def take_state(name: str, scene: Callable[[Any], Awaitable[None]], to: Path) -> None:
    """Play a scene that has a stage of its own, full of what a busy person has."""
    stage = Stage()
    await populate(stage.engine)
    await send_requests(stage)
    put_budgets(stage)
    stage.window.show_page("upstreams")
    stage.window.show()
    try:
        await take(stage, name, scene, to)
    finally:
        stage.window.hide()


def main(directory: Path, wanted: list[str]) -> int:
    """Take the pictures, then end; 1 where a scene failed or is not known."""
    known = SCENES.keys() | EMPTY_SCENES.keys() | STATE_SCENES.keys()
    if unknown := set(wanted) - known:
        sys.stderr.write(f"screens: there is no scene {', '.join(sorted(unknown))}\n")
        return 1
    app = QApplication([])
    qt_language.apply(app)
    load_fonts()
    current().apply(app)
    loop = new_event_loop(app)
    failed = loop.run_until_complete(play(directory, wanted))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
