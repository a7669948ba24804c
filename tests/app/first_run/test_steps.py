"""The order of the steps."""

from pxbin_app.first_run.steps import ORDER, STEPS, after, before, step_named


def test_they_follow_one_another() -> None:
    assert ORDER == ("address", "upstream", "client", "request")
    assert [after(step) for step in ORDER] == ["upstream", "client", "request", None]
    assert [before(step) for step in ORDER] == [None, "address", "upstream", "client"]


def test_what_is_no_step_is_the_first() -> None:
    assert [step_named(name) for name in ("", "client", "gone")] == ["address", "client", "address"]


def test_each_says_what_it_is_about_in_whole_sentences() -> None:
    for words in STEPS.values():
        assert words.sentence.endswith(".")
        assert words.title[0].isupper()
