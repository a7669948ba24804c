"""The page Logs for ``tests.support.screens``: a day of requests, some of them recorded."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from pxbin_app.pages.logs.detail import WIDTH
from pxbin_app.pages.logs.replay_dialog import ReplayDialog
from pxbin_engine.errors import InvalidInput
from pxbin_engine.events import RequestFinished
from pxbin_engine.records import AttemptRecord, LossRecord, RequestRecord
from tests.support.database import uuid7
from tests.support.recordings import ScriptedReplays, a_recording
from tests.support.traffic import a_days_requests, started


async def send_requests(stage: Any) -> None:
    """A day of requests up to this moment, the two newest of them still in flight."""
    if stage.log.records:
        return
    ids = {upstream.name: upstream.id for upstream in await stage.engine.upstreams.list()}
    *done, third, last = a_days_requests(2_100, now=datetime.now(UTC))
    stage.log.records = [replace(one, upstream_id=ids[one.upstream_name]) for one in done]
    for record in (third, last):
        stage.engine.events.publish(started(record))


async def logs(stage: Any) -> None:
    await send_requests(stage)
    page: Any = await stage.show("logs")
    await asyncio.sleep(0.9)
    select_route(page, "openai-responses", "gemini")


async def logs_failed(stage: Any) -> None:
    await send_requests(stage)
    page: Any = await stage.show("logs")
    page.errors_only.setChecked(False)
    page.errors_only.click()
    page.search.setText("cots:>1 status:5xx")
    await asyncio.sleep(0.9)
    page.table.select_row(0)


async def logs_losses(stage: Any) -> None:
    await send_requests(stage)
    page: Any = await stage.show("logs")
    page.clear_filter()
    await asyncio.sleep(0.9)
    select_route(page, "anthropic", "openai", lossy=True)
    page.pane.tabs._buttons["overview"].click()


def select_route(page: object, came: str, went: str, *, lossy: bool = False) -> None:
    """Select the newest request from one format to the other."""
    model = page._presenter.model
    wanted = (
        number
        for number in range(model.rowCount())
        if isinstance(record := model.row(number), RequestRecord)
        and (record.input_format, record.output_format) == (came, went)
        and (record.losses or not lossy)
    )
    page.table.select_row(next(wanted))


async def logs_exporting(stage: Any) -> None:
    await send_requests(stage)
    page: Any = await stage.show("logs")
    page.clear_filter()
    page.search.setText("claude -client:codex")
    await asyncio.sleep(0.9)
    export = page._presenter.export
    export.running, export.rows = True, 120
    export.changed.emit()


async def logs_raw(stage: Any) -> None:
    page: Any = await stage.show("logs")
    page.clear_filter()
    await asyncio.sleep(0.9)
    page.table.select_row(9)
    page.pane.tabs._buttons["raw"].click()


async def show_recorded(stage: Any, tab: str) -> Any:
    """The newest request of Claude Code to a translated upstream, recorded; this tab of it."""
    await send_requests(stage)
    page: Any = await stage.show("logs")
    page.clear_filter()
    await asyncio.sleep(0.9)
    select_route(page, "anthropic", "openai")
    record = page.pane.request
    first = AttemptRecord(
        upstream_id=None, upstream_name="DeepSeek", upstream_model="deepseek-chat", status=529, took_ms=410,
        started_ms=9, error="Overloaded.", reason="The first target.",
    )  # fmt: skip
    last = AttemptRecord(
        upstream_id=None, upstream_name="Z.ai", upstream_model="glm-4.6", status=200, took_ms=record.latency_ms,
        started_ms=430, reason="DeepSeek could not answer.",
    )  # fmt: skip
    ttft = record.ttft_ms + 430 if record.ttft_ms else None
    record = replace(record, attempts=(first, last), queue_ms=9.2, ttft_ms=ttft, recording="kept")
    number = next(n for n, one in enumerate(stage.log.records) if one.id == record.id)
    stage.log.records[number] = record
    stage.log.record(a_recording(record))
    page._presenter.reload()
    await asyncio.sleep(0.2)
    page.table.select_row(-1)
    page.table.select_row(page._presenter.model.number_of(record.id))
    page.pane.tabs._buttons[tab].click()
    page.beside.setSizes([10_000, WIDTH])
    await asyncio.sleep(0.2)
    return page


async def logs_request(stage: Any) -> None:
    await show_recorded(stage, "request")


async def logs_response(stage: Any) -> None:
    page = await show_recorded(stage, "response")
    page.pane.recording.sides._buttons["upstream"].click()


async def logs_headers(stage: Any) -> None:
    await show_recorded(stage, "headers")


async def logs_events(stage: Any) -> None:
    page = await show_recorded(stage, "events")
    page.pane.recording.events.table.select_row(5)


async def logs_find(stage: Any) -> None:
    page = await show_recorded(stage, "request")
    page.pane.recording.sides._buttons["client"].click()
    page.pane.recording.open_search()
    page.pane.recording.text.bar.field.setText("router")
    page.beside.setSizes([520, 564])


async def logs_attempts(stage: Any) -> None:
    await show_recorded(stage, "overview")


async def logs_unrecorded(stage: Any) -> None:
    stage.engine.recording_mode = "off"
    page = await show_recorded(stage, "request")
    page.pane.recording.text.bar.close_search()
    select_route(page, "openai-responses", "openai-responses")


async def logs_replay(stage: Any) -> None:
    await open_replay(stage)


async def logs_replayed(stage: Any) -> None:
    dialog = await open_replay(stage)
    dialog.send.click()
    await asyncio.sleep(0.5)


async def logs_replaying(stage: Any) -> None:
    dialog = await open_replay(stage)
    stage.engine.replays.gate.clear()
    dialog.send.click()
    await asyncio.sleep(0.3)


async def logs_replay_failed(stage: Any) -> None:
    dialog = await open_replay(stage)
    stage.engine.replays.failure = InvalidInput(
        "Only the first 256,000 of 1,204,311 bytes of this request were kept (log_body_kb), so it cannot be sent again."
    )
    dialog.send.click()
    await asyncio.sleep(0.3)


async def open_replay(stage: Any) -> Any:
    """The dialog that sends a recorded request again."""
    stage.engine.replays = ScriptedReplays()
    page = await show_recorded(stage, "overview")
    page.pane.replay.click()
    await asyncio.sleep(0.2)
    return page.findChildren(ReplayDialog)[-1]


async def logs_long_request(stage: Any) -> None:
    """A request whose names are as long as names get, in a small window."""
    stage.window.resize(1024, 640)
    page = await show_recorded(stage, "overview")
    long = (
        "a-vendor/with-a-very-long-name/and-a-model-of-the-year-2026-preview-experimental-thinking"
    )
    tries = [
        replace(one, upstream_name=f"{long} {n}")
        for n, one in enumerate(page.pane.request.attempts)
    ]
    loss = LossRecord(f"messages[12].content[3].{long}", "Has no place there.")
    record = replace(
        page.pane.request, id=uuid7(), timestamp=datetime.now(UTC), model=long, upstream_model=f"{long}-there",
        upstream_name=long, key_name=long, client_name=f"{long} 1.0", attempts=tuple(tries), losses=(loss,),
        outcome="stream_error", error_message=f"{long}: the answer broke off, and {long} said nothing more.",
    )  # fmt: skip
    stage.log.records.append(record)
    stage.engine.events.publish(RequestFinished(record))
    await asyncio.sleep(0.4)
    page.table.select_row(page._presenter.model.number_of(record.id))
    await asyncio.sleep(0.2)


async def logs_small_window(stage: Any) -> None:
    stage.window.resize(1024, 640)
    await show_recorded(stage, "request")


LOG_SCENES: dict[str, Callable[[Any], Awaitable[None]]] = {
    "logs": logs,
    "logs-failed": logs_failed,
    "logs-losses": logs_losses,
    "logs-raw": logs_raw,
    "logs-exporting": logs_exporting,
    "logs-attempts": logs_attempts,
    "logs-request": logs_request,
    "logs-response": logs_response,
    "logs-headers": logs_headers,
    "logs-events": logs_events,
    "logs-find": logs_find,
    "logs-unrecorded": logs_unrecorded,
    "logs-replay": logs_replay,
    "logs-replayed": logs_replayed,
    "logs-replaying": logs_replaying,
    "logs-replay-failed": logs_replay_failed,
    "logs-small-window": logs_small_window,
    "logs-long-request": logs_long_request,
}
