"""The keyboard map: no key means two things in one place, and all of them are keys."""

from PySide6.QtGui import QKeySequence

from pxbin_app.page_list import PAGES
from pxbin_app.shortcuts import groups, page_key


def test_no_key_means_two_things_in_the_window() -> None:
    everywhere, pages, *_ = groups(tuple(page.title for page in PAGES))
    keys = [key for _, part in (everywhere, pages) for one in part for key in one.keys]
    assert len(keys) == len(set(keys))


def test_all_are_keys_and_every_page_has_one() -> None:
    for _, part in groups(tuple(page.title for page in PAGES)):
        for shortcut in part:
            for keys in shortcut.keys:
                text = QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)
                assert text == keys
    assert [page_key(place) for place in (1, 8, 10)] == ["Ctrl+1", "Ctrl+8", ""]
    assert len(PAGES) < 10
