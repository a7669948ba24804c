"""Bodies: coloured, searched and copied whole, shown a few pages at a time."""

import json

from PySide6.QtGui import QGuiApplication, QTextCursor
from pytestqt.qtbot import QtBot

from pxbin_app.theme import colors, current
from pxbin_app.widgets.code_text import PAGE_CHARACTERS
from pxbin_app.widgets.code_view import MOST_PAGES, CodeView


def view(qtbot: QtBot) -> CodeView:
    result = CodeView()
    qtbot.addWidget(result)
    result.resize(400, 300)
    result.show()
    return result


def formats(code: CodeView, line: int) -> list[tuple[str, str]]:
    """The coloured pieces of a line, each with its colour."""
    block = code.document().findBlockByNumber(line)
    return [
        (block.text()[one.start : one.start + one.length], one.format.foreground().color().name())
        for one in block.layout().formats()
    ]


def test_json_is_coloured_and_follows_the_theme(qtbot: QtBot) -> None:
    code = view(qtbot)
    code.set_text('{"model": "glm", "n": 12, "ok": true}')
    dark = colors()
    assert formats(code, 1) == [('"model"', dark.accent), ('"glm"', dark.ok)]
    assert formats(code, 2) == [('"n"', dark.accent), ("12", dark.warn)]
    current().set_mode("light")
    assert formats(code, 2) == [('"n"', colors().accent), ("12", colors().warn)]
    assert colors() is not dark


def a_megabyte(lines: int = 100_000) -> str:
    return "\n".join(f"line {number:06}" for number in range(lines))


def first_line(code: CodeView) -> str:
    """The line at the top of what is seen."""
    return code.firstVisibleBlock().text()


def test_of_a_megabyte_a_few_pages_are_laid_out_wherever_one_is(qtbot: QtBot) -> None:
    code = view(qtbot)
    code.set_text(a_megabyte(), layout_json=False)
    assert code.shown < PAGE_CHARACTERS + 100
    bar = code.verticalScrollBar()
    seen = [first_line(code)]
    for _ in range(20):
        bar.setValue(bar.value() + 600)
        seen.append(first_line(code))
        assert code.shown <= MOST_PAGES * (PAGE_CHARACTERS + 100)
    assert seen == sorted(set(seen)), "always further down"
    assert seen[-1] > "line 006000"
    for _ in range(25):
        bar.setValue(bar.value() - 600)
        assert code.shown <= MOST_PAGES * (PAGE_CHARACTERS + 100)
    assert first_line(code) == "line 000000"


def test_scrolling_over_the_edge_of_what_is_laid_out_skips_and_repeats_nothing(
    qtbot: QtBot,
) -> None:
    code = view(qtbot)
    code.set_text(a_megabyte(10_000), layout_json=False)
    bar = code.verticalScrollBar()
    for step in (13, -13):
        before = int(first_line(code)[5:])
        for _ in range(450):
            bar.setValue(bar.value() + step)
            now = int(first_line(code)[5:])
            assert now in {before + step, 0}, "just as far as one scrolled"
            before = now


def test_the_end_is_reached(qtbot: QtBot) -> None:
    code = view(qtbot)
    code.set_text(a_megabyte(3_000), layout_json=False)
    bar = code.verticalScrollBar()
    for _ in range(10):
        bar.setValue(bar.maximum())
    assert code.toPlainText().endswith("line 002999")
    assert code.text == a_megabyte(3_000)


def found_of(code: CodeView) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    code.found.connect(lambda place, places: told.append((place, places)))
    return told


def test_words_are_found_where_they_are_not_laid_out_yet(qtbot: QtBot) -> None:
    code = view(qtbot)
    code.set_text(a_megabyte(), layout_json=False)
    told = found_of(code)
    code.search("LINE 07777")
    assert told == [(1, 10)]
    assert code.textCursor().selectedText() == "line 07777"
    assert code.textCursor().block().text() == "line 077770"
    code.search_on(-1)
    assert code.textCursor().block().text() == "line 077779"
    code.search_on(1)
    assert [told[-2], told[-1]] == [(10, 10), (1, 10)]
    assert code.shown < MOST_PAGES * (PAGE_CHARACTERS + 100)
    assert len(code.extraSelections()) == 10


def test_a_search_goes_on_from_where_one_is(qtbot: QtBot) -> None:
    code = view(qtbot)
    code.set_text("a\nb a\na", layout_json=False)
    told = found_of(code)
    code.search("b")
    code.search("a")
    assert told == [(1, 1), (2, 3)]
    code.search("nothing")
    assert told[-1] == (0, 0)
    assert code.extraSelections() == []


def test_what_was_searched_is_searched_in_the_next_text(qtbot: QtBot) -> None:
    code = view(qtbot)
    code.set_text("x", layout_json=False)
    told = found_of(code)
    code.search("b")
    code.set_text("a b", layout_json=False)
    assert told == [(0, 0), (1, 1)]


def test_a_match_in_the_part_of_a_line_that_is_cut_shows_the_end_of_the_line(qtbot: QtBot) -> None:
    code = view(qtbot)
    code.set_text("x" * 5_000 + "needle", layout_json=False)
    code.search("needle")
    assert code.textCursor().position() == code.shown
    assert not code.textCursor().hasSelection()


def test_letters_that_qt_counts_otherwise_move_nothing(qtbot: QtBot) -> None:
    code = view(qtbot)
    odd = "a\r\n\u2028b\u2029 \ufdd0\r😀😀 needle\n"
    code.set_text(odd * 3_000, layout_json=False)
    bar = code.verticalScrollBar()
    for _ in range(12):
        bar.setValue(bar.maximum())
        lines = sum(map(code._lines_of, code._window))
        assert code.blockCount() == lines
    code.search("needle")
    assert code.textCursor().selectedText() == "needle"
    assert len(code._matches) == 3_000


def test_everything_selected_copies_the_whole_text(qtbot: QtBot) -> None:
    code = view(qtbot)
    code.set_text(a_megabyte(5_000), layout_json=False)
    code.selectAll()
    code.copy()
    assert QGuiApplication.clipboard().text() == code.text
    code.moveCursor(QTextCursor.MoveOperation.Start)
    code.moveCursor(QTextCursor.MoveOperation.EndOfLine, QTextCursor.MoveMode.KeepAnchor)
    code.copy()
    assert QGuiApplication.clipboard().text() == "line 000000"


def test_another_text_begins_at_its_beginning(qtbot: QtBot) -> None:
    code = view(qtbot)
    code.set_text("\n".join(map(str, range(500))), layout_json=False)
    code.verticalScrollBar().setValue(code.verticalScrollBar().maximum())
    code.set_text("short")
    assert (code.toPlainText(), code.text, code.textCursor().position()) == ("short", "short", 0)


def test_a_line_of_a_megabyte_does_not_block(qtbot: QtBot) -> None:
    code = view(qtbot)
    code.set_text(json.dumps({"image": "A" * 1_000_000}))
    assert code.shown < 5_000
    assert len(code.text) > 1_000_000


def test_a_text_that_is_no_json_has_one_colour(qtbot: QtBot) -> None:
    def formats(view: CodeView) -> int:
        qtbot.addWidget(view)
        view.set_text("PORT=8080", layout_json=False)
        return len(view.document().firstBlock().layout().formats())

    assert formats(CodeView()) == 1
    assert formats(CodeView(json=False)) == 0
