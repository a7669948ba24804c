"""What was spent, as it is shown."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from pxbin_app.pages.costs.spend import SpendBoard
from pxbin_app.pages.costs.spend_presenter import Spend
from tests.support.traffic import UPSTREAMS, MemoryLog, MemoryStats, a_days_requests


async def a_spend(requests: int) -> Spend:
    stats = MemoryStats(MemoryLog(a_days_requests(requests)))
    return Spend(
        overview=await stats.overview("7d"),
        steps=await stats.timeseries("7d", "1d"),
        models_over_time=await stats.by_model_over_time("7d", "1d"),
        keys_over_time=await stats.by_key_over_time("7d", "1d"),
        clients_over_time=await stats.by_client_over_time("7d", "1d"),
        by_model=await stats.by_model("7d"),
        by_key=await stats.by_key("7d"),
        by_client=await stats.by_client("7d"),
        by_upstream=await stats.by_upstream("7d"),
        forecast=await stats.forecast(),
    )


async def test_sum_chart_and_tables(qtbot: QtBot) -> None:
    board = SpendBoard()
    qtbot.addWidget(board)
    board.resize(1044, 700)
    board.show()
    spend = await a_spend(200)
    board.show_spend(spend)
    assert board.sum.text() == f"${spend.overview.total_cost:.2f}"
    assert board.note.text() == "for 200 requests"
    assert board.unpriced.text().endswith(" of them without a known price")
    assert board.unpriced.isVisible()
    assert board.chart.series[0].name == "claude-sonnet-4-5"
    assert board.models.model.index(0, 0).data() == "claude-sonnet-4-5"
    assert {board.keys.model.index(row, 0).data() for row in range(2)} == {
        "CI",
        "Claude Code laptop",
    }
    assert board.models.table.height() > board.keys.table.height()
    assert {board.clients.model.index(row, 0).data() for row in range(4)} == {
        "Claude Code",
        "Codex",
        "Gemini CLI",
        "OpenCode",
    }
    assert {board.upstreams.model.index(row, 0).data() for row in range(6)} == {*UPSTREAMS}
    assert board.forecast.text().startswith("Forecast for November: $")
    assert board.forecast.isVisible()


async def test_the_chart_is_split_by_what_the_person_chooses(qtbot: QtBot) -> None:
    board = SpendBoard()
    qtbot.addWidget(board)
    board.show()
    spend = await a_spend(200)
    board.show_spend(spend)
    board.parts._buttons["client"].click()
    assert [one.name for one in board.chart.series] == [one.client for one in spend.by_client]
    board.parts._buttons["key"].click()
    assert {one.name for one in board.chart.series} == {"Claude Code laptop", "CI"}
    board.show_spend(replace(spend, keys_over_time=()))
    assert board.chart.series == (), "it stays as it was chosen while figures change"
    board.parts._buttons["model"].click()
    assert board.chart.series[0].name == "claude-sonnet-4-5"


async def test_where_all_has_a_price_nothing_is_said_of_it(qtbot: QtBot) -> None:
    board = SpendBoard()
    qtbot.addWidget(board)
    board.show()
    board.show_spend(Spend())
    assert not board.unpriced.isVisible()
    assert board.sum.text() == "$0.00"
    assert not board.forecast.isVisible(), "nothing is foretold"
