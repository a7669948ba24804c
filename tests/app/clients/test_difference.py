"""A change as people see it: the lines that change, and no secret among them."""

import pytest

from pxbin_app.clients.difference import DiffLine, as_it_is, difference, masked

SECRETS = {
    '  "ANTHROPIC_AUTH_TOKEN": "pxb_0123456789abcdef0123456789",': '  "ANTHROPIC_AUTH_TOKEN": "pxb_0123…",',
    'experimental_bearer_token = "a-private-one"': 'experimental_bearer_token = "a-p…"',
    "export GEMINI_API_KEY='AIzaSyD-1234567890abcdefghij' # c": "export GEMINI_API_KEY='AIzaSyD-…' # c",
    '"headers": {"Authorization": "Bearer abcdefghijklmnop"}': '"headers": {"Authorization": "Bea…"}',
    '// "x": "sk-ant-api03-abcdefghijklmnopqrst"': '// "x": "sk-ant-a…"',
    "args = ['--with', 'ghp_abcdefghijklmnopqrstuvwxyz']": "args = ['--with', 'ghp_abcd…']",
    "PASSWORD=hunter22": "PASSWORD=hun…",
}
NOT_SECRET = (
    'env_key = "OPENAI_API_KEY"',
    '"max_tokens": 4096000,',
    '"apiKey": "{env:PXBIN_KEY}",',
    '"apiKeyHelper": "/usr/bin/get-key"',
    '"model": "glm-4.6"',
    'key = "$HOME_KEY"',
    '"ANTHROPIC_AUTH_TOKEN": "pxb_…",',
)


@pytest.mark.parametrize(("line", "shown"), SECRETS.items(), ids=range(len(SECRETS)))
def test_secrets_are_masked(line: str, shown: str) -> None:
    assert masked(line) == shown


@pytest.mark.parametrize("line", NOT_SECRET)
def test_what_is_no_secret_stays(line: str) -> None:
    assert masked(line) == line


def test_the_change_with_what_is_around_it() -> None:
    before = [f"line {number}" for number in range(20)]
    after = [*before[:10], "new", *before[11:]]
    lines = difference("\n".join(before), "\n".join(after), context=1)
    assert lines == (
        DiffLine("gap"),
        DiffLine("same", "line 9"),
        DiffLine("removed", "line 10"),
        DiffLine("added", "new"),
        DiffLine("same", "line 11"),
        DiffLine("gap"),
    )


def test_nothing_where_nothing_changes() -> None:
    assert difference("a\nb", "a\nb\n") == ()


def test_a_long_file_is_shown_by_its_beginning() -> None:
    lines = as_it_is("x\n" * 2_000)
    assert len(lines) == 501
    assert lines[-1] == DiffLine("gap")
    assert as_it_is("a: 1\nTOKEN=abcdefghij") == (
        DiffLine("same", "a: 1"),
        DiffLine("same", "TOKEN=abc…"),
    )


def test_two_keys_that_look_alike_when_masked_are_a_change() -> None:
    old, new = "TOKEN=pxb_0123456789abcdef01234567", "TOKEN=pxb_0123456789abcdef01234568"
    assert [line.kind for line in difference(old, new)] == ["removed", "added"]
