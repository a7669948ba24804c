"""What is asked of upstreams."""

import pytest
from aiohttp.test_utils import unused_port

from pxbin_engine.errors import SecretStoreUnavailable, UpstreamUnreachable
from tests.support.control_plane import ControlPlane


async def test_a_check_of_an_upstream_that_is_down_says_so(control: ControlPlane) -> None:
    address = f"http://127.0.0.1:{unused_port()}"
    record = await control.an_upstream(base_url=address, api_key="sk-1")
    report = await control.upstreams.check(record.id)
    assert not report.healthy
    assert "cannot be reached" in str(report.error)
    report = await control.upstreams.check_new(base_url=address, api_key=None, format="openai")
    assert not report.healthy
    with pytest.raises(UpstreamUnreachable):
        await control.upstreams.discover(record.id)


async def test_a_check_says_that_the_key_cannot_be_read(control: ControlPlane) -> None:
    record = await control.an_upstream(api_key="sk-1")
    control.secrets.locked = True
    assert (await control.upstreams.check(record.id)).error == "The keyring is locked."
    with pytest.raises(SecretStoreUnavailable):
        await control.upstreams.discover(record.id)


async def test_what_is_checked_uses_the_first_key_that_is_active(
    control: ControlPlane,
) -> None:
    upstream = await control.an_upstream(api_key="sk-1")
    await control.upstreams.add_key(upstream.id, "sk-2")
    await control.upstreams.update_key(upstream.id, upstream.keys[0].id, is_active=False)
    del control.secrets.held[upstream.keys[0].id]  # asking for it would fail
    report = await control.upstreams.check(upstream.id)
    assert (control.secrets.asked, report.healthy) == (1, False)
