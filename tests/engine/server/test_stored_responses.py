"""Stored responses as clients ask for them: told, listed, forgotten; each with its row."""

from typing import Any

from pxbin_engine.server.auth import KeyTable
from tests.support.gateway import KEY, Proxy, Seen, key_record
from tests.support.upstream import openai_completion

OTHER_KEY = "pxb_" + "c" * 40


async def answered(proxy: Proxy, text: str, **fields: Any) -> dict[str, Any]:
    seen = await proxy.post("/v1/responses", {"model": "alias", "input": text, **fields})
    assert seen.status == 200, seen.body
    response: dict[str, Any] = seen.json
    return response


def is_unknown(seen: Seen, response_id: str) -> bool:
    error = seen.json["error"]
    assert seen.headers["content-type"] == "application/json"
    assert error["type"] == "invalid_request_error"
    return seen.status == 404 and f"Response with id '{response_id}' not found" in error["message"]


async def test_a_response_is_told_again_as_it_was() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("One"))
        response = await answered(proxy, "1?")
        seen = await proxy.ask("GET", f"/v1/responses/{response['id']}")
        assert (seen.status, seen.json) == (200, response)
        row = await proxy.finished(2)
        assert (row.method, row.outcome, row.input_format) == ("GET", "ok", "openai-responses")
        streamed = await proxy.ask("GET", f"/v1/responses/{response['id']}?stream=true")
        assert (streamed.status, streamed.json["error"]["param"]) == (400, "stream")


async def test_what_a_response_was_asked_is_the_whole_conversation() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("One"), openai_completion("Two"))
        first = await answered(proxy, "1?")
        second = await answered(proxy, "2?", previous_response_id=first["id"])
        path = f"/v1/responses/{second['id']}/input_items"
        seen = await proxy.ask("GET", f"{path}?order=asc")
        texts = [item["content"][0]["text"] for item in seen.json["data"]]
        assert texts == ["1?", "One", "2?"]
        refused = await proxy.ask("GET", f"{path}?limit=1000")
        assert (refused.status, "limit" in refused.json["error"]["message"]) == (400, True)


async def test_what_was_deleted_is_gone() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("One"))
        response_id = (await answered(proxy, "1?"))["id"]
        path = f"/v1/responses/{response_id}"
        deleted = await proxy.ask("DELETE", path)
        assert deleted.json == {"id": response_id, "object": "response", "deleted": True}
        for method, at in (("GET", path), ("DELETE", path), ("GET", f"{path}/input_items")):
            assert is_unknown(await proxy.ask(method, at), response_id)
        following = {"model": "alias", "input": "2?", "previous_response_id": response_id}
        assert (await proxy.post("/v1/responses", following)).status == 400
        assert (await proxy.finished(6)).outcome == "client_error"
        assert [row.outcome for row in proxy.rows[2:5]] == ["refused"] * 3


async def test_another_key_sees_nothing_and_deletes_nothing() -> None:
    async with Proxy() as proxy:
        proxy.authenticator.keys = KeyTable([key_record(KEY), key_record(OTHER_KEY)])
        proxy.upstreams[0].script(openai_completion("Secret"))
        response_id = (await answered(proxy, "1?"))["id"]
        path = f"/v1/responses/{response_id}"
        for method, at in (("GET", path), ("DELETE", path), ("GET", f"{path}/input_items")):
            assert is_unknown(await proxy.ask(method, at, key=OTHER_KEY), response_id)
        assert (await proxy.ask("GET", path)).status == 200
        assert (await proxy.ask("GET", path, key=None)).status == 401


async def test_other_methods_and_paths_are_refused_as_ever() -> None:
    async with Proxy() as proxy:
        for path, allowed in (
            ("/v1/responses/resp_1", "GET, HEAD, DELETE"),
            ("/v1/responses/resp_1/input_items", "GET, HEAD"),
        ):
            seen = await proxy.ask("PUT", path)
            assert (seen.status, seen.headers["allow"]) == (405, allowed)
        assert (await proxy.ask("POST", "/v1/responses/resp_1/cancel")).status == 404
        assert (await proxy.ask("GET", "/v1/responses/compact")).status == 405
