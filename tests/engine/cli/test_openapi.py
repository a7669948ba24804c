from tests.support.command_line import Cli


def test_the_document_is_printed_as_json(cli: Cli) -> None:
    plain, asked = cli("openapi"), cli("openapi", "--json")
    assert plain.code == 0
    assert plain.json == asked.json
    assert plain.json["openapi"] == "3.1.0"
    assert "/api/v1/stats/overview" in plain.json["paths"]
