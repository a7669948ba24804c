"""Where the statements of a TOML text stand."""

import pytest

from pxbin_app.clients.formats.toml_statements import key_source, statements

TEXT = """\
# top
a."b c".d = '''x
[not a header]
''' # end
[ t . 'u v' ] # header
k = [ "]", # ]
  { x = "}" } ]
[[several]]
k = 1
[several.inner]
k = 2
"""


def test_every_statement_knows_its_path_and_place() -> None:
    told = [(found.path, found.is_header, found.repeated) for found in statements(TEXT)]
    assert told == [
        (("a", "b c", "d"), False, False),
        (("t", "u v"), True, False),
        (("t", "u v", "k"), False, False),
        (("several",), True, True),
        (("several", "k"), False, True),
        (("several", "inner"), True, True),
        (("several", "inner", "k"), False, True),
    ]
    first, _, third, *_ = statements(TEXT)
    assert TEXT[first.value_start : first.value_end] == "'''x\n[not a header]\n'''"
    assert TEXT[first.end :].startswith("[ t")
    assert TEXT[third.value_start : third.value_end].endswith("} ]")


@pytest.mark.parametrize(
    ("path", "source"),
    [(("a", "b-1"), "a.b-1"), (("glm-4.6",), '"glm-4.6"'), (('a"\\',), '"a\\"\\\\"')],
)
def test_keys_are_quoted_where_they_must(path: tuple[str, ...], source: str) -> None:
    assert key_source(path) == source
