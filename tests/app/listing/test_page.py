"""A page with one panel: what it passes on (each page's own test has the rest)."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.listing.model import Cell
from pxbin_app.listing.page import ListPage
from pxbin_app.listing.panel import Listing
from pxbin_app.widgets.table import Column
from tests.app.listing.test_presenter import Names
from tests.support.fake_engine import FakeEngine, bridge_to, settled


class NamesPage(ListPage[str]):
    """Lists names."""

    def __init__(self, names: Names) -> None:
        listing = Listing[str](
            name="Names",
            columns=(Column(title="Name", stretch=True),),
            cells=lambda name: (Cell(text=name),),
            row_id=hash,  # type: ignore[arg-type]  # any key by which a row is found again
            actions=(),
            find="Filter",
        )
        super().__init__("Names", names, listing)
        self.add_primary("Add", "plus", lambda: None)

    def show_nothing(self) -> None:
        self.panel.show_empty("No name yet.", "Add one", lambda: None)


async def test_it_works_only_while_it_is_seen(qtbot: QtBot) -> None:
    names = Names(bridge_to(FakeEngine()))
    page = NamesPage(names)
    qtbot.addWidget(page)
    page.show()
    assert names.loads == 0
    page.shown()
    await settled()
    assert (page.count.text(), page.view.state) == ("2", "content")
    page.hidden()
    names.names = ()
    page.shown()
    await settled()
    assert (page.view.state, page.primary.isVisible()) == ("empty", False)
    page.hidden()


async def test_an_arrow_enters_the_table_and_esc_gives_the_selection_up(qtbot: QtBot) -> None:
    page = NamesPage(Names(bridge_to(FakeEngine())))
    qtbot.addWidget(page)
    page.show()
    page.shown()
    await settled()
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_Down)
    assert page.selected() == ("one",)
    assert page.dismiss()
    assert not page.dismiss()
    page.hidden()


async def test_one_of_its_things_is_brought_into_view_now_or_once_it_is_loaded(
    qtbot: QtBot,
) -> None:
    page = NamesPage(Names(bridge_to(FakeEngine())))
    qtbot.addWidget(page)
    page.show()
    page.show_item(hash("two"))  # type: ignore[arg-type]  # see row_id
    page.shown()
    await settled()
    assert page.selected() == ("two",)
    page.filter_by("two")
    assert page.panel.rows == ("two",)
    page.show_item(hash("one"))  # type: ignore[arg-type]
    assert page.panel.search.text() == ""
    assert page.selected() == ("one",)
    page.show_item(hash("gone"))  # type: ignore[arg-type]
    assert page.selected() == ("one",)
    page.hidden()


async def test_to_begin_anew_is_to_press_its_main_button(qtbot: QtBot) -> None:
    page = NamesPage(Names(bridge_to(FakeEngine())))
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.primary.clicked):
        page.begin_new()
