import pytest
from msgspec import UNSET

from pxbin_engine.admin.checks import LONGEST_NAME, a_base_url, a_name, a_number, given
from pxbin_engine.errors import InvalidInput


def test_given_leaves_out_what_was_not_said() -> None:
    assert given(name="a", rate_limit=None, metadata=UNSET) == {"name": "a", "rate_limit": None}


def test_a_name_loses_the_blanks_around_it() -> None:
    assert a_name("  Work laptop \n") == "Work laptop"


@pytest.mark.parametrize(
    "text", ["", " \t\n", "x" * (LONGEST_NAME + 1), "a\nb", "a\x00b", "\u202eevil"]
)
def test_a_name_that_cannot_be_shown_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        a_name(text, field="display_name")
    assert refused.value.field == "display_name"


@pytest.mark.parametrize("number", [0, -1, 2**31])
def test_a_number_out_of_its_column_is_refused(number: int) -> None:
    assert a_number(2**31 - 1, field="rate_limit", least=1) == 2**31 - 1
    with pytest.raises(InvalidInput, match="rate_limit"):
        a_number(number, field="rate_limit", least=1)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("  http://LOCALHOST:11434 ", "http://localhost:11434"),
        ("HTTPS://Example.com/Team/OpenAI", "https://example.com/Team/OpenAI"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_a_base_url_is_normalised(text: str, clean: str) -> None:
    assert a_base_url(text, objection=lambda _: "") == clean


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must start with http"),
        ("api.openai.com/v1", "must start with http"),
        ("ftp://example.com", "must start with http"),
        ("https://", "must start with http"),
        ("https://user:secret@example.com", "credentials"),
        ("https://@example.com", "credentials"),
        ("https://example.com?key=secret", "must end before"),
        ("https://example.com#top", "must end before"),
        ("https://exam ple.com", "blank"),
        ("https://example.com:99999", "cannot be read"),
        ("https://example.com:port", "cannot be read"),
        ("http://[::1", "cannot be read"),
    ],
)
def test_a_base_url_that_cannot_be_used_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        a_base_url(text, objection=lambda _: "")
    assert refused.value.field == "base_url"
    assert "secret" not in refused.value.message


def test_behaviour_22_an_address_that_is_objected_to_is_no_upstream() -> None:
    asked: list[str] = []

    def objection(url: str) -> str:
        asked.append(url)
        return "is pxbin's own address"

    with pytest.raises(InvalidInput, match="base_url is pxbin's own address"):
        a_base_url("http://127.0.0.1:8080/v1/", objection=objection)
    assert asked == ["http://127.0.0.1:8080/v1"]
