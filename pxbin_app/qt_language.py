"""Qt's share in the language of the window: what the system prefers, Qt's own texts, how dates and numbers are written."""

import logging

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from pxbin_app import language

logger = logging.getLogger(__name__)


def choose(wanted: str) -> None:
    """Use the language that the person chose, or else what the system prefers; before the window's modules are imported."""
    language.use(language.preferred(wanted, QLocale.system().uiLanguages()))


def apply(app: QCoreApplication) -> None:
    """Let Qt itself speak the language in use: menus of text fields, buttons of file dialogs, dates.

    Dates and numbers are written as in the system's country, where that country's way is known in this language.
    """
    code = language.current()
    QLocale.setDefault(QLocale(QLocale.codeToLanguage(code), QLocale.system().territory()))
    if code == language.SOURCE:
        return
    texts = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if texts.load(f"qtbase_{code}", folder):
        app.installTranslator(texts)
    else:
        logger.warning("app.language qt_texts=missing language=%s folder=%s", code, folder)
