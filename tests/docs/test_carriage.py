"""docs/carriage.md says what the code does; what is told nowhere is known by name."""

from tests.carriage.__main__ import PAGE, page, untold


def test_the_page_is_what_the_probes_find() -> None:
    assert PAGE.read_text("utf-8") == page(), "write it anew: python -m tests.carriage"


def test_no_content_is_left_out_in_silence() -> None:
    """Only details about an answer, for which a client's dialect has no word."""
    assert untold().keys() == {
        "tokens: thinking",
        "searches that were made",
    }
