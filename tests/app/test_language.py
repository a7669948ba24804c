"""Texts in the language that was chosen: plain, with values, with a number, and where a file is missing."""

from collections.abc import Iterator

import pytest

from pxbin_app import language
from pxbin_app.language import LANGUAGES, preferred, tr


@pytest.fixture
def german() -> Iterator[None]:
    language.use("de")
    yield
    language.use(language.SOURCE)


@pytest.mark.parametrize(
    ("wanted", "of_the_system", "used"),
    [
        ("system", ["de-AT", "en-US"], "de"),
        ("system", ["fr-FR", "de"], "de"),
        ("system", ["de_DE"], "de"),
        ("system", ["fr"], "en"),
        ("system", [], "en"),
        ("en", ["de-DE"], "en"),
        ("de", ["en-US"], "de"),
        ("xx", ["de-DE"], "de"),
    ],
)
def test_what_the_person_chose_goes_before_what_the_system_prefers(
    wanted: str, of_the_system: list[str], used: str
) -> None:
    assert preferred(wanted, of_the_system) == used


def test_english_is_what_the_sources_say() -> None:
    assert tr("Keys") == "Keys"
    assert tr("{spent} of {limit}", spent="$1", limit="$2") == "$1 of $2"
    assert tr("no {such} thing") == "no {such} thing"


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 requests"), (1, "1 request"), (1284, "1,284 requests")]
)
def test_a_number_chooses_the_form(number: int, said: str) -> None:
    assert tr("%n requests", "", number) == said


@pytest.mark.parametrize(("number", "said"), [(1, "1 Anfrage"), (1284, "1.284 Anfragen")])
@pytest.mark.usefixtures("german")
def test_a_number_in_german(number: int, said: str) -> None:
    assert tr("%n requests", "", number) == said


@pytest.mark.usefixtures("german")
def test_a_text_without_a_translation_is_said_in_english() -> None:
    assert tr("Nothing that pxbin ever says") == "Nothing that pxbin ever says"
    assert tr("%n things it never says", "", 2) == "2 things it never says"


def test_a_missing_file_is_not_passed_over_in_silence() -> None:
    with pytest.raises(FileNotFoundError):
        language.use("xx")
    language.use(language.SOURCE)


def test_each_language_has_its_name() -> None:
    assert LANGUAGES[language.SOURCE] == "English"
