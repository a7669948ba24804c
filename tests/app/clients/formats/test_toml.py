"""TOML: what is not ours keeps every character."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxbin_app.clients.errors import ParseError
from pxbin_app.clients.formats import toml, value_at

TABLE = ("model_providers", "pxbin")
NAME = (*TABLE, "name")

PUT = {
    "a new file": ("", NAME, '[model_providers.pxbin]\nname = "u"\n'),
    "after other tables": (
        "[a]\nb = 1\n",
        NAME,
        '[a]\nb = 1\n\n[model_providers.pxbin]\nname = "u"\n',
    ),
    "no newline at the end": (
        "a = 1",
        NAME,
        'a = 1\n\n[model_providers.pxbin]\nname = "u"\n',
    ),
    "into its table": (
        '[model_providers.pxbin] # ours\nbase_url = "x" # here\n\n[z]\n',
        NAME,
        '[model_providers.pxbin] # ours\nbase_url = "x" # here\nname = "u"\n\n[z]\n',
    ),
    "a value with its comment": (
        'model  =  "gpt" # mine\n',
        ("model",),
        'model  =  "u" # mine\n',
    ),
    "before the tables": (
        '# top\na = """\n[x]\n"""\n\n# about t\n[t]\nmodel = "no"\n',
        ("model",),
        '# top\na = """\n[x]\n"""\nmodel = "u"\n\n# about t\n[t]\nmodel = "no"\n',
    ),
    "dotted": ("a.b.c = [ 1, # x\n 2 ]\nz = 1\n", ("a", "b", "c"), 'a.b.c = "u"\nz = 1\n'),
    "crlf": ("a = 1\r\n[t]\r\n", ("model",), 'a = 1\r\nmodel = "u"\r\n[t]\r\n'),
    "a quoted name": ("", ("p", "glm-4.6"), '[p]\n"glm-4.6" = "u"\n'),
}


@pytest.mark.parametrize(("before", "path", "after"), PUT.values(), ids=PUT)
def test_put(before: str, path: tuple[str, ...], after: str) -> None:
    assert toml.put(before, path, '"u"') == after


def test_what_was_put_in_goes_without_a_trace() -> None:
    before = '# c\nmodel = "gpt"\n\n[mcp_servers.a]\ncommand = "x"\n'
    text = before
    for path in (NAME, (*TABLE, "base_url"), ("model_provider",)):
        text = toml.put(text, path, '"u"')
    for path in (NAME, (*TABLE, "base_url"), ("model_provider",), TABLE):
        text = toml.drop(text, path)
    assert text == before


def test_a_table_stays_while_something_is_in_it() -> None:
    text = "[a]\nb = 1\n"
    assert toml.drop(text, ("a",)) == text
    assert toml.drop(text, ("z", "y")) == text


def test_one_of_several_tables_of_a_name_is_nobodys() -> None:
    text = "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 1\n"
    assert toml.drop(text, ("a", "b")) == text
    with pytest.raises(ParseError, match=r"a\.b cannot be added"):
        toml.put(text, ("a", "b"), "3")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = 1\nb = = 2\n", (2, 5)),
        ("a = 1\na = 2\n", (2, 6)),
        ("[a\n", (1, 3)),
        ('a = "x', (0, 0)),
    ],
)
def test_what_is_broken_is_told_with_its_place(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(ParseError) as told:
        toml.put(text, NAME, '"u"')
    assert (told.value.line, told.value.column) == place


@pytest.mark.parametrize(
    "text", ["model_providers = { a = 1 }\n", "[model_providers]\npxbin = 1\n"]
)
def test_what_does_not_fit_is_told(text: str) -> None:
    with pytest.raises(ParseError, match="cannot be added to what stands there"):
        toml.put(text, NAME, '"u"')


VALUES = st.sampled_from(
    ["1", '"x # y"', "'''\n[z]\n'''", '"""\na = 1\n\\"""" """', "[ 1,\n  # c ]\n 2 ]", "{ a = { b = [1] } }",
     "1979-05-27T07:32:00Z", "0x1f", "[ { a = '}' } ]"]
)  # fmt: skip
COMMENTS = st.sampled_from(["", " # c = 1", "  #[x]"])
GAPS = st.sampled_from(["", "\n", "# [gap]\n", "   \n"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Keys, then tables; comments, blank lines and values over several lines between."""
    parts = []
    for header in [
        "",
        *draw(st.lists(st.sampled_from(["[a]", '[ b . "c d" ]', "[t] # t"]), unique=True)),
    ]:
        parts.append(draw(GAPS))
        if header:
            parts.append(f"{header}\n")
        names = st.lists(st.sampled_from(["k", "'q k'", "d.e", "model"]), unique=True, max_size=3)
        parts += [f"{name} = {draw(VALUES)}{draw(COMMENTS)}\n{draw(GAPS)}" for name in draw(names)]
    text = "".join(parts)
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@settings(max_examples=60, deadline=None)
@given(texts(), st.sampled_from([("model",), ("a", "OURS"), NAME, ("t", "k")]))
def test_nothing_else_changes(text: str, path: tuple[str, ...]) -> None:
    try:
        before = toml.values(text)
    except ParseError:
        return  # two of its keys do not go together
    was = toml.source(text, path)
    put = toml.put(text, path, '"u"')
    assert tomllib.loads(put) == put_into(before, path, "u")
    if was is None:
        assert put.replace("\r", "").count("\n") - text.replace("\r", "").count("\n") in (1, 2, 3)
        assert is_within(text, put)
        assert tomllib.loads(toml.drop(put, path)) == before | (
            {}
            if value_at(before, path[:-1]) is not None or len(path) == 1
            else put_into({}, path, None)
        )
    else:
        assert toml.put(put, path, was) == text


def put_into(values: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A copy with a value; None: with its tables only."""
    copy = {key: dict(held) if isinstance(held, dict) else held for key, held in values.items()}
    holder = copy
    for key in path[:-1]:
        holder[key] = dict(holder.get(key, {}))
        holder = holder[key]
    if value is not None:
        holder[path[-1]] = value
    return copy


def is_within(short: str, long: str) -> bool:
    """Whether all characters of a text are in another, in order."""
    rest = iter(long)
    return all(character in rest for character in short)
