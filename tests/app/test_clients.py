"""All clients together: what holds for each of them."""

from pathlib import Path

import pytest

from pxbin_app.clients import CLIENTS, PREVIEW_KEY, Client, Connection, Machine, setup_in
from pxbin_app.clients.difference import masked

URL = "http://127.0.0.1:8080"
each = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


def test_names_and_titles_are_their_own() -> None:
    assert (
        len({client.name for client in CLIENTS}) == len({client.title for client in CLIENTS}) == 4
    )
    assert all(client.slots[0].name == "main" for client in CLIENTS)


@each
def test_all_that_is_written_is_in_a_file_of_the_clients(tmp_path: Path, client: Client) -> None:
    files = {file.name for file in client.files(Machine(home=tmp_path))}
    models = client.suggested(["a"])
    settings = client.settings(Connection(base_url=URL, key="k", models=models))
    assert {setting.file for setting in settings} == files
    assert len({(setting.file, setting.path) for setting in settings}) == len(settings)


@each
def test_the_diff_shows_no_key(tmp_path: Path, client: Client) -> None:
    """Neither pxbin's nor the one that stood there before."""
    setup = setup_in(
        tmp_path / "data", Machine(home=tmp_path, environment={}, root=tmp_path / "root")
    )
    (tmp_path / "data").mkdir()
    models = client.suggested(["a"])
    for key in ("pxb_0123456789abcdef0123456789", "pxb_fedcba9876543210fedcba9876"):
        plan = setup.plan(client, Connection(base_url=URL, key=key, models=models))
        shown = "\n".join(line.text for file in plan.files for line in file.lines)
        assert "0123456789" not in shown
        assert key[:8] in shown
        setup.apply(plan)
    assert setup.status(client, URL).pointing.key == "pxb_fedcba9876543210fedcba9876"


@each
def test_variables_have_sentences(client: Client) -> None:
    for sentence in (*client.overriding.values(), *client.harmless.values()):
        told = sentence.format(name="NAME", place="here")
        assert told.startswith("NAME is set in here")
        assert told.endswith(".")


def test_a_key_that_is_not_made_yet_is_shown_as_such() -> None:
    assert masked(f'"apiKey": "{PREVIEW_KEY}"') == f'"apiKey": "{PREVIEW_KEY}"'
