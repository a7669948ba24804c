"""What is known of each client: where it points, which models it has, how it asks."""

import json

import pytest

from pxbin_app.clients import CLIENTS, Client, Connection, local_url
from pxbin_app.clients.client import Pointing, Values
from pxbin_app.clients.formats import value_at

CLAUDE, CODEX, OPENCODE, GEMINI = CLIENTS
URL = "http://127.0.0.1:8080"


def connection(client: Client) -> Connection:
    return Connection(
        base_url=URL, key="pxb_key", models=client.suggested(["glm-4.6", "glm-4.6-air"])
    )


def written(client: Client) -> Values:
    """What its files say with nothing but pxbin's settings in them."""
    values: dict[str, dict[str, object]] = {"settings": {}, "config": {}, "env": {}}
    for setting in client.settings(connection(client)):
        holder = values[setting.file]
        for key in setting.path[:-1]:
            holder = holder.setdefault(key, {})  # type: ignore[assignment]  # tables only, on the way
        holder[setting.path[-1]] = setting.value
    return values


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_what_is_written_is_read_back(client: Client) -> None:
    pointing = client.pointing(written(client))
    assert pointing.is_at(URL)
    assert pointing.is_pxbin
    assert pointing.key == "pxb_key"
    assert "pxb_key" not in repr(pointing) + repr(connection(client))
    assert client.models(written(client)) == dict(connection(client).models)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_small_model_is_for_side_tasks(client: Client) -> None:
    models = connection(client).models
    assert {slot.name for slot in client.slots if slot.small} == {
        slot for slot, model in models.items() if model == "glm-4.6-air"
    }


PROBES = {"claude-code": "/v1/messages", "codex": "/v1/responses", "opencode": "/v1/chat/completions",
          "gemini-cli": "/v1beta/models/glm-4.6:streamGenerateContent?alt=sse"}  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_each_asks_in_its_own_dialect(client: Client) -> None:
    probe = client.probe(connection(client))
    assert probe.path == PROBES[client.name]
    assert any("pxb_key" in value for value in probe.headers.values())
    assert "pxb_key" not in repr(probe)
    body = json.loads(probe.body)
    assert body.get("model", "glm-4.6") == "glm-4.6"


@pytest.mark.parametrize(
    ("url", "same"),
    [
        (f"{URL}/", True),
        (f"{URL}/v1", True),
        ("http://localhost:8080/v1/", True),
        ("http://127.0.0.1:8081", False),
        ("", False),
    ],
)
def test_an_address_is_known_however_it_is_written(url: str, same: bool) -> None:
    assert Pointing(base_url=url).is_at(URL) is same


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("http://[::]:8080", "http://[::1]:8080"),
        (URL, URL),
        ("http://192.168.1.5:8080", "http://192.168.1.5:8080"),
    ],
)
def test_programs_of_this_machine_connect_to_an_address(url: str, local: str) -> None:
    assert local_url(url) == local


LOCAL = ["http://127.0.0.1:9", "http://localhost:9/v1", "http://[::1]:9"]
ELSEWHERE = ["https://pxbin.example.com", "", "http://[", "http://127.0.0.1.example.com:x"]


@pytest.mark.parametrize("url", LOCAL)
def test_a_pxbin_on_this_machine_is_known_by_its_keys(url: str) -> None:
    assert Pointing(base_url=url, key="pxb_1").is_pxbin
    assert not Pointing(base_url=url, key="sk-1").is_pxbin


@pytest.mark.parametrize("url", ELSEWHERE[:3])
def test_a_pxbin_elsewhere_is_the_persons_own_choice(url: str) -> None:
    assert not Pointing(base_url=url, key="pxb_1").is_pxbin


def test_files_of_another_shape_point_nowhere() -> None:
    assert CLAUDE.pointing({"settings": {"env": [1]}}) == Pointing()
    assert CODEX.pointing({"config": {"model_provider": 1, "model_providers": []}}) == Pointing()
    assert OPENCODE.pointing({"config": {"model": 3, "provider": "x"}}) == Pointing()
    assert CODEX.pointing({"config": {"openai_base_url": "https://x"}}) == Pointing(
        base_url="https://x"
    )
    assert value_at({"a": 1}, ("a", "b")) is None
