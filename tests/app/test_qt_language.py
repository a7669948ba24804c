"""Qt's own texts and formats follow the language of the window."""

import logging
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from pxbin_app import language, qt_language


@pytest.fixture(autouse=True)
def english_again(qapp: QApplication) -> Iterator[None]:
    before = QLocale()
    yield
    for texts in qapp.findChildren(QTranslator):
        qapp.removeTranslator(texts)
        texts.deleteLater()
    QLocale.setDefault(before)
    language.use(language.SOURCE)


def paste() -> str:
    """A line in the menu of every text field."""
    return QCoreApplication.translate("QLineEdit", "&Paste")


def test_in_german_the_menus_of_fields_and_the_dates_are_german(qapp: QApplication) -> None:
    language.use("de")
    qt_language.apply(qapp)
    assert paste() == "Einf&ügen"
    assert QLocale().monthName(1) == "Januar"


def test_in_english_they_are_english_whatever_the_system_speaks(qapp: QApplication) -> None:
    qt_language.apply(qapp)
    assert paste() == "&Paste"
    assert QLocale().monthName(1) == "January"


def test_texts_of_qt_that_are_missing_are_told(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(QLibraryInfo, "path", lambda _: "/no/such/place")
    language.use("de")
    with caplog.at_level(logging.WARNING):
        qt_language.apply(qapp)
    assert "qt_texts=missing language=de" in caplog.text


def test_what_the_person_chose_is_used() -> None:
    qt_language.choose("de")
    assert language.current() == "de"
    qt_language.choose("en")
    assert language.current() == "en"
