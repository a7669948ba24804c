"""``models targets``: what serves a model, with priorities and weights."""

import pytest

from tests.support.command_line import Cli


@pytest.fixture
def model(cli: Cli) -> Cli:
    """A model ``big`` of the upstream ``main``, and an upstream ``spare``."""
    for name in ("main", "spare"):
        assert cli("upstreams", "add", name, "http://127.0.0.1:9/v1", "--no-key").code == 0
    assert cli("models", "add", "big", "--upstream", "main").code == 0
    return cli


def test_what_serves_a_model_is_said_anew(model: Cli) -> None:
    done = model(
        "models", "targets", "big", "spare,priority=1", "main=z-ai/big:free,weight=3", "--json"
    )
    assert [
        (target["upstream_model"], target["priority"], target["weight"])
        for target in done.json["targets"]
    ] == [("z-ai/big:free", 0, 3), ("big", 1, 1)]
    assert "main/z-ai/big:free x3, spare/big @1" in model("models", "list").out


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("none", "no upstream 'none'"),
        ("main,weight=heavy", "neither priority=NUMBER nor weight=NUMBER"),
        ("main,colour=1", "neither"),
        ("main,weight=0", "weight must be from 1 to 1000"),
    ],
)
def test_a_target_that_cannot_be_is_refused(model: Cli, target: str, text: str) -> None:
    done = model("models", "targets", "big", target)
    assert done.code == 1
    assert text in done.err
