"""Charts: what is drawn, in which colours, and that their library comes late."""

import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.theme import colors, current
from pxbin_app.widgets.charts import BAR_WIDTH, LineChart, StackedBarChart
from pxbin_app.widgets.labels import ElidingLabel
from pxbin_app.widgets.series import Series

ROOT = Path(__file__).parents[3]
LABELS = [f"{hour:02d}:00" for hour in range(24)]


def dollars(value: float) -> str:
    return f"${value:.2f}"


@pytest.fixture
def chart(qtbot: QtBot) -> StackedBarChart:
    result = StackedBarChart("Spend by model", dollars)
    qtbot.addWidget(result)
    result.resize(600, 200)
    result.set_data(LABELS, [Series("small", (0.1,) * 24), Series("large", (0.3,) * 24)])
    result.show()
    qtbot.waitUntil(lambda: result._plot is not None)
    return result


def bars(chart: StackedBarChart) -> list[dict[str, object]]:
    import pyqtgraph

    assert chart._plot is not None
    items = chart._plot.getPlotItem().items
    return [item.opts for item in items if isinstance(item, pyqtgraph.BarGraphItem)]


def test_bars_stand_on_one_another_the_largest_first(chart: StackedBarChart) -> None:
    first, second = bars(chart)
    assert [one.name for one in chart.series] == ["large", "small"]
    assert first["y0"] == [0.0] * 24
    assert second["y0"] == [0.3] * 24
    assert first["width"] == BAR_WIDTH
    assert (first["brush"], second["brush"]) == colors().series[:2]


def test_what_failed_has_the_colour_of_failures(chart: StackedBarChart) -> None:
    chart.set_data(
        LABELS, [Series("fine", (2.0,) * 24), Series("errors", (1.0,) * 24, failed=True)]
    )
    chart._draw()
    assert [one["brush"] for one in bars(chart)] == [colors().series[0], colors().err]


def test_the_theme_is_followed(chart: StackedBarChart) -> None:
    current().set_mode("light")
    assert [one["brush"] for one in bars(chart)] == list(colors().series[:2])


def test_the_sums_are_said_in_words(chart: StackedBarChart) -> None:
    assert chart.accessibleDescription() == "large $7.20, small $2.40"
    assert chart._tooltip(3) == "03:00\nlarge  $0.30\nsmall  $0.10"


def test_no_requests_draw_an_empty_scale(chart: StackedBarChart, qtbot: QtBot) -> None:
    chart.set_data(LABELS, [])
    qtbot.waitUntil(lambda: bars(chart) == [])
    assert chart._tooltip(0) == "00:00\nnothing"
    assert chart.accessibleDescription() == "No data"


def test_a_long_line_is_thinned(qtbot: QtBot) -> None:
    chart = LineChart("Latency", dollars)
    qtbot.addWidget(chart)
    chart.set_data([str(step) for step in range(3600)], [Series("p50", (1.0,) * 3600)])
    assert len(chart.series[0].values) == len(chart._labels) <= 500
    chart.show()
    qtbot.waitUntil(lambda: chart._plot is not None)


def test_a_hidden_chart_draws_nothing(qtbot: QtBot) -> None:
    chart = StackedBarChart("Spend", dollars)
    qtbot.addWidget(chart)
    chart.set_data(LABELS, [Series("one", (1.0,) * 24)])
    assert chart._plot is None


def test_the_library_is_not_imported_before_a_chart_is_drawn() -> None:
    """The window must be painted before it: pyqtgraph and numpy take longer than the rest."""
    code = (
        "import sys; import pxbin_app.main_window, pxbin_app.tray, pxbin_app.widgets.charts;"
        "late = {'pyqtgraph', 'numpy', 'qtawesome'} & set(sys.modules); assert not late, late"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_series_can_keep_the_order_that_has_a_meaning(qtbot: QtBot) -> None:
    chart = StackedBarChart("Requests", dollars, ranked=False)
    qtbot.addWidget(chart)
    chart.set_data(LABELS, [Series("went well", (0.1,) * 24), Series("errors", (0.3,) * 24)])
    assert [one.name for one in chart.series] == ["went well", "errors"]


def test_data_that_came_out_of_view_is_drawn_when_the_chart_is_seen_again(qtbot: QtBot) -> None:
    chart = StackedBarChart("Spend by model", dollars)
    qtbot.addWidget(chart)
    chart.resize(600, 200)
    chart.show()
    qtbot.waitUntil(lambda: chart._waiting.seen)
    chart.hide()
    chart.set_data(LABELS, [])
    chart.show()
    qtbot.waitUntil(lambda: chart._plot is not None)


def test_long_names_in_the_legend_are_cut_and_make_no_page_wider(
    chart: StackedBarChart, qtbot: QtBot
) -> None:
    chart.set_data(LABELS, [Series(f"{place}-{'long' * 40}", (1.0,) * 24) for place in range(5)])
    assert chart.minimumSizeHint().width() < 600
    labels = [one for one in chart._legend.findChildren(ElidingLabel) if one.full_text[:1] == "0"]
    qtbot.waitUntil(lambda: labels[-1].text().endswith("…"))
    assert labels[-1].toolTip() == labels[-1].full_text
