"""Bodies: coloured, copied whole, shown a page at a time."""

import json
import time

from pytestqt.qtbot import QtBot

from pxbin_app.theme import colors, current
from pxbin_app.widgets.code_text import PAGE_CHARACTERS
from pxbin_app.widgets.code_view import CodeView


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


def test_a_megabyte_is_shown_a_page_at_a_time(qtbot: QtBot) -> None:
    code = view(qtbot)
    text = json.dumps([{"number": number} for number in range(60_000)])
    start = time.perf_counter()
    code.set_text(text)
    assert time.perf_counter() - start < 1.0
    first = code.shown
    assert first < PAGE_CHARACTERS * 2
    code.verticalScrollBar().setValue(code.verticalScrollBar().maximum())
    assert first < code.shown < PAGE_CHARACTERS * 4
    assert json.loads(code.text)[-1] == {"number": 59_999}


def test_another_text_begins_at_its_beginning(qtbot: QtBot) -> None:
    code = view(qtbot)
    code.set_text("\n".join(map(str, range(500))), layout_json=False)
    code.verticalScrollBar().setValue(code.verticalScrollBar().maximum())
    code.set_text("short")
    assert (code.toPlainText(), code.text, code.textCursor().position()) == ("short", "short", 0)


def test_a_line_of_a_megabyte_does_not_block(qtbot: QtBot) -> None:
    code = view(qtbot)
    start = time.perf_counter()
    code.set_text(json.dumps({"image": "A" * 1_000_000}))
    assert time.perf_counter() - start < 1.0
    assert code.shown < 5_000
    assert len(code.text) > 1_000_000


def test_a_text_that_is_no_json_has_one_colour(qtbot: QtBot) -> None:
    def formats(view: CodeView) -> int:
        qtbot.addWidget(view)
        view.set_text("PORT=8080", layout_json=False)
        return len(view.document().firstBlock().layout().formats())

    assert formats(CodeView()) == 1
    assert formats(CodeView(json=False)) == 0
