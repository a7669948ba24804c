"""An address that is free, taken, not this machine's, or none."""

import socket

import pytest

from pxbin_engine.maintenance.listening import problem_of_address


def test_free_and_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        assert problem_of_address("127.0.0.1", port) == "Another program listens there."
    assert problem_of_address("127.0.0.1", port) == ""


@pytest.mark.parametrize(
    ("host", "said"),
    [("192.0.2.1", "does not have that address"), ("nowhere.invalid", "no such address")],
)
def test_what_is_not_this_machine_s(host: str, said: str) -> None:
    assert said in problem_of_address(host, 0)
