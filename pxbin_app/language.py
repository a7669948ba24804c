"""The language of the window: ``tr`` puts a text into it, ``use`` chooses it.

The language is chosen once, before the modules of the window are imported: their tables of words are made then. A text is
looked up in ``resources/translations/pxbin_<language>.qm``, which ``make translations`` makes of the ``.ts`` beside it.
English is the language of the sources; its file has only what depends on a number.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from pxbin_app.resources import resource

if TYPE_CHECKING:  # Qt is loaded when it is needed: what has no window uses this too
    from PySide6.QtCore import QTranslator

LANGUAGES: Final[dict[str, str]] = {"en": "English", "de": "Deutsch"}
"""Each language that pxbin speaks, by its code, as its speakers call it."""

SOURCE: Final = "en"


class _Chosen:
    """The language in use, and its texts when they are read."""

    language: str = SOURCE
    texts: "QTranslator | None" = None


def use(language: str) -> None:
    """Make every text from now on in ``language``, one of ``LANGUAGES``.

    Raises:
        FileNotFoundError: its file is missing.
        ValueError: its file is not one.
    """
    _Chosen.language = language
    _Chosen.texts = None if language == SOURCE else _read(language)


def current() -> str:
    """The code of the language in use."""
    return _Chosen.language


def preferred(wanted: str, of_the_system: Iterable[str]) -> str:
    """The language to use.

    Args:
        wanted: what the person chose: a code, or anything else for what the system prefers.
        of_the_system: its languages as ``de-AT`` or ``de_AT``, the best first.
    """
    codes = (wanted, *(name.replace("_", "-").split("-")[0].lower() for name in of_the_system))
    return next((code for code in codes if code in LANGUAGES), SOURCE)


def tr(text: str, comment: str = "", number: int | None = None, /, **values: object) -> str:
    """``text`` in the language in use, with each ``{name}`` in it filled from ``values``.

    The first three are literals where it is called, and it is not called within an f-string: ``pyside6-lupdate`` reads them
    in the sources.

    Args:
        comment: which of several meanings it has; said to the translator too.
        number: what stands for ``%n``; the text has a form for one and a form for many.
    """
    if number is not None or _Chosen.texts is not None:
        text = _look_up(text, comment, number)
    return text.format(**values) if values else text


def _look_up(text: str, comment: str, number: int | None) -> str:
    if _Chosen.texts is None:
        _Chosen.texts = _read(_Chosen.language)
    found = _Chosen.texts.translate("", text, comment or None, -1 if number is None else number)
    return (found or text).replace("%n", grouped(number)) if number is not None else found or text


def grouped(number: int) -> str:
    """``1,284``; in German ``1.284``."""
    text = f"{number:,}"
    return text.replace(",", ".") if _Chosen.language == "de" else text


def _read(language: str) -> "QTranslator":
    from PySide6.QtCore import QTranslator  # noqa: PLC0415  # see above

    texts = QTranslator()
    path = resource(f"translations/pxbin_{language}.qm")
    if not texts.load(str(path)):
        raise ValueError(f"{path} holds no translation")
    return texts
