"""The routes of an upstream's keys."""

from tests.support.management_api import Api


async def test_the_keys_of_an_upstream(api: Api) -> None:
    upstream = await api.control.an_upstream(api_key="sk-a")
    path = f"/upstreams/{upstream.id}/keys"
    status, answer = await api("POST", path, {"api_key": "sk-b", "label": "spare"})
    assert status == 201
    first, spare = answer["data"]["keys"]
    assert spare == {
        "id": spare["id"], "label": "spare", "secret_place": "keyring", "is_active": True, "position": 1,
        "created_at": spare["created_at"], "updated_at": spare["updated_at"],
    }  # fmt: skip
    changes = {"label": "", "is_active": False, "position": 0, "api_key": "sk-new"}
    status, answer = await api("PATCH", f"{path}/{spare['id']}", changes)
    assert (status, [key["id"] for key in answer["data"]["keys"]]) == (
        200,
        [spare["id"], first["id"]],
    )
    assert "sk-new" not in str(answer)
    assert api.control.secrets.secrets == ["sk-a", "sk-new"]
    status, answer = await api("DELETE", f"{path}/{first['id']}")
    assert (status, len(answer["data"]["keys"])) == (200, 1)
    assert (await api("DELETE", f"{path}/{first['id']}"))[0] == 404
    assert (await api("DELETE", f"{path}/nonsense"))[0] == 404
    assert (await api("POST", path, {"label": "x"}))[0] == 400
    status, answer = await api("POST", path, {"api_key": " "})
    assert (status, answer["error"]["field"]) == (400, "api_key")
