"""Where everything stands in a JSON text."""

from pxbin_app.clients.formats.jsonc_tree import parsed

TEXT = '{ "a" : [1, {"b": "x"},], /* c */ "d": -1.5e2 , }'


def test_every_value_knows_its_place() -> None:
    root = parsed(TEXT)
    assert TEXT[root.start : root.end] == TEXT
    first, second = root.members
    assert TEXT[first.start :].startswith('"a"')
    assert TEXT[first.node.start : first.node.end] == '[1, {"b": "x"},]'
    assert TEXT[second.node.start : second.node.end] == "-1.5e2"
    assert [TEXT[member.comma or 0] for member in root.members] == [",", ","]
    assert root.value() == {"a": [1, {"b": "x"}], "d": -150.0}


def test_of_two_members_of_a_name_the_last_counts() -> None:
    root = parsed('{"a": 1, "a": 2}')
    member = root.member("a")
    assert member is not None
    assert member.node.scalar == 2
    assert root.member("b") is None
