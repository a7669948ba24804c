"""JSON with comments: what is not ours keeps every character."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxbin_app.clients.errors import ParseError
from pxbin_app.clients.formats import jsonc, value_at

KEY = ("env", "ANTHROPIC_BASE_URL")

PUT = {
    "empty": ("", '{\n  "env": {\n    "ANTHROPIC_BASE_URL": "u"\n  }\n}\n'),
    "braces": ("{}", '{\n  "env": {\n    "ANTHROPIC_BASE_URL": "u"\n  }\n}'),
    "one line": ('{"a": 1}', '{"a": 1, "env": { "ANTHROPIC_BASE_URL": "u" }}'),
    "comments": (
        '{\n  // top\n  "model": "opus" // mine\n  /* end */\n}\n',
        '{\n  // top\n  "model": "opus", // mine\n  "env": {\n    "ANTHROPIC_BASE_URL": "u"\n  }\n  /* end */\n}\n',
    ),
    "trailing comma": (
        '{\n\t"env": {\n\t\t"A": "1", // x\n\t},\n}',
        '{\n\t"env": {\n\t\t"A": "1", // x\n\t\t"ANTHROPIC_BASE_URL": "u",\n\t},\n}',
    ),
    "crlf": (
        '{\r\n    "env": {\r\n        "A": "1"\r\n    }\r\n}\r\n',
        '{\r\n    "env": {\r\n        "A": "1",\r\n        "ANTHROPIC_BASE_URL": "u"\r\n    }\r\n}\r\n',
    ),
    "in its place": (
        '{"env": {"ANTHROPIC_BASE_URL" : "old" /* c */, "Z": 0}}',
        '{"env": {"ANTHROPIC_BASE_URL" : "u" /* c */, "Z": 0}}',
    ),
    "the last of two": (
        '{"env": {"ANTHROPIC_BASE_URL": "1", "ANTHROPIC_BASE_URL": "2"}}',
        '{"env": {"ANTHROPIC_BASE_URL": "1", "ANTHROPIC_BASE_URL": "u"}}',
    ),
    "a comment in an empty object": (
        '{\n  "env": { // none yet\n  }\n}',
        '{\n  "env": { // none yet\n    "ANTHROPIC_BASE_URL": "u"\n  }\n}',
    ),
}

DROP = {
    "the only one": ('{"env": {"ANTHROPIC_BASE_URL": "u"}}', '{"env": {}}'),
    "the first": (
        '{"env": {"ANTHROPIC_BASE_URL": "u", "B": 1}}',
        '{"env": {"B": 1}}',
    ),
    "the last": ('{"env": {"B": 1, "ANTHROPIC_BASE_URL": "u"}}', '{"env": {"B": 1}}'),
    "between comments": (
        '{"env": {\n  "B": 1, // b\n  "ANTHROPIC_BASE_URL": "u", "C": 3 // c\n}}',
        '{"env": {\n  "B": 1, // b\n  "C": 3 // c\n}}',
    ),
    "before a brace": (
        '{"env": {\n  "B": 1, // b\n  "ANTHROPIC_BASE_URL": "u"}}',
        '{"env": {\n  "B": 1 // b\n  }}',
    ),
    "its comment stays": (
        '{"env": {\n  "B": 1,\n  "ANTHROPIC_BASE_URL": "u" // note\n}}',
        '{"env": {\n  "B": 1 // note\n}}',
    ),
    "not there": ('{"env": {"B": 1}} // x', '{"env": {"B": 1}} // x'),
}

BROKEN = {
    '{\n "a": 1\n "b": 2}': (3, 2),
    '{"a": 01}': (1, 7),
    '{"a": "x': (1, 7),
    "[1]": (1, 1),
    '{"a": 1} x': (1, 10),
    "/* x": (1, 1),
    '{"a":' + "[" * 200: (1, 106),
    '{"a": nullx}': (1, 7),
    "{\"a\": 'x'}": (1, 7),
}


@pytest.mark.parametrize(("before", "after"), PUT.values(), ids=PUT)
def test_put(before: str, after: str) -> None:
    assert jsonc.put(before, KEY, '"u"') == after


@pytest.mark.parametrize(("before", "after"), DROP.values(), ids=DROP)
def test_drop(before: str, after: str) -> None:
    assert jsonc.drop(before, KEY) == after
    assert jsonc.source(after, KEY) is None


@pytest.mark.parametrize(("text", "place"), BROKEN.items(), ids=range(len(BROKEN)))
def test_what_is_broken_is_told_with_its_place(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(ParseError) as told:
        jsonc.values(text)
    assert (told.value.line, told.value.column) == place


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": 1, "b": Infinity}'])
def test_what_only_python_takes_for_json_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="a value is expected"):
        jsonc.values(text)


def test_a_key_on_the_way_that_holds_no_object_is_told() -> None:
    with pytest.raises(ParseError, match="env is expected to be an object"):
        jsonc.put('{"env": null}', KEY, '"u"')


def test_the_source_is_as_it_stands() -> None:
    assert jsonc.source('{"env": {"ANTHROPIC_BASE_URL":  {"a" :1}}}', KEY) == '{"a" :1}'


# ---------------------------------------------------------------- any file

NAMES = st.sampled_from(["env", "a", "b", 'ä"\\', "provider"])
BLANKS = st.sampled_from(["", " ", "\n", "\r\n\t", " // c {\n", "/* , } */", "\n  // x\n  "])
SCALARS = st.sampled_from(["1", "-0.5e3", "true", "null", '""', '"h://y"', '"\\u00e4\\n"'])


@st.composite
def texts(draw: st.DrawFn, depth: int = 2) -> str:
    """An object with comments, trailing commas and blanks in all places."""
    parts = ["{", draw(BLANKS)]
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    for place, name in enumerate(names):
        nested = depth > 0 and (name == "env" or draw(st.booleans()))
        value = draw(texts(depth=depth - 1)) if nested else draw(SCALARS)
        if nested and draw(st.booleans()) and name != "env":
            value = f"[{draw(BLANKS)}{value}{draw(BLANKS)}]"
        last = place == len(names) - 1
        comma = draw(st.sampled_from(["", ","])) if last else ","
        parts += [json.dumps(name), draw(BLANKS), ":", draw(BLANKS), value]
        parts += [draw(BLANKS), comma, draw(BLANKS)]
    return "".join([*parts, "}"])


def with_value(values: dict[str, Any], value: Any) -> dict[str, Any]:
    return values | {"env": values.get("env", {}) | {"OURS": value}}


@settings(max_examples=60, deadline=None)
@given(texts())
def test_what_is_put_in_and_taken_out_leaves_the_file_as_it_was(text: str) -> None:
    before = jsonc.values(text)
    if "env" in before and not isinstance(before["env"], dict):
        return
    put = jsonc.put(text, ("env", "OURS"), '"u"')
    assert jsonc.values(put) == with_value(before, "u")
    assert is_within(solid(text), solid(put)), "nothing of theirs is gone or moved"
    back = jsonc.drop(put, ("env", "OURS"))
    if "env" not in before:
        back = jsonc.drop(back, ("env",))
    assert jsonc.values(back) == before
    assert comments(back) == comments(text)


@settings(max_examples=60, deadline=None)
@given(texts(), SCALARS)
def test_a_value_is_changed_where_it_stands(text: str, scalar: str) -> None:
    for path in places(jsonc.values(text)):
        old = jsonc.source(text, path)
        assert old is not None
        put = jsonc.put(text, path, scalar)
        head, _, rest = splice(text, put, old, scalar)
        assert text == head + old + rest
        assert put == head + scalar + rest
        assert value_at(jsonc.values(put), path) == json.loads(scalar)
        assert jsonc.put(put, path, old) == text


@settings(max_examples=60, deadline=None)
@given(texts())
def test_a_member_that_is_dropped_takes_nothing_else_with_it(text: str) -> None:
    for path in places(jsonc.values(text)):
        dropped = jsonc.drop(text, path)
        expected = jsonc.values(text)
        holder = value_at(expected, path[:-1]) if path[:-1] else expected
        del holder[path[-1]]
        assert jsonc.values(dropped) == expected
        assert is_within(dropped, text), "only taken away"


def places(values: dict[str, Any]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for key, value in values.items():
        found.append((key,))
        if isinstance(value, dict):
            found += [(key, *rest) for rest in places(value)]
    return found


def splice(before: str, after: str, old: str, new: str) -> tuple[str, str, str]:
    """The one place where the texts differ by ``old`` and ``new``."""
    for start in range(len(before) - len(old) + 1):
        rest = before[start + len(old) :]
        if before.startswith(old, start) and before[:start] + new + rest == after:
            return before[:start], old, rest
    raise AssertionError(f"{after!r} is not {before!r} with one value changed")


def is_within(short: str, long: str) -> bool:
    """Whether all characters of a text are in another, in order."""
    rest = iter(long)
    return all(character in rest for character in short)


def solid(text: str) -> str:
    """Without blanks: those of an empty object are laid out anew."""
    return "".join(text.split())


def comments(text: str) -> int:
    return text.count("// c") + text.count("// x") + text.count("/*")
