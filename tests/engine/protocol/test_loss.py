"""Losses are kept once each, in the order in which they were found."""

from pxbin_engine.protocol.loss import MOST_LOSSES, Loss, Losses, paths_of_field


def test_a_body_made_of_losses_does_not_fill_a_row() -> None:
    losses = Losses()
    for number in range(100_000):
        losses.add(f"messages[{number}]", "why")
    assert len(losses) == MOST_LOSSES + 1
    assert losses[-1].reason == "There are more losses than these."


def test_a_loss_is_kept_once() -> None:
    losses = Losses()
    losses.add("tools[0]", "A server tool has no equal here.")
    losses.add("top_k", "Not known there.")
    losses.add("tools[0]", "A server tool has no equal here.")
    assert losses == [
        Loss("tools[0]", "A server tool has no equal here."),
        Loss("top_k", "Not known there."),
    ]


def test_another_reason_is_another_loss() -> None:
    losses = Losses()
    losses.add("thinking", "one")
    losses.add("thinking", "two")
    assert len(losses) == 2


def test_of_a_field_that_is_carried_in_part_only_the_rest_is_lost() -> None:
    assert paths_of_field("thinking", {"display": "updates"}, "") == ["thinking.display"]
    assert paths_of_field("logit_bias", {"1": 5, "2": 6}, "") == ["logit_bias"]
    assert paths_of_field("thinking", "odd", "") == ["thinking"]
    assert paths_of_field("metadata", {"a": 1}, "messages") == ["messages.metadata"]


def test_that_a_tool_is_the_clients_is_no_loss() -> None:
    assert paths_of_field("type", "custom", "tools") == []
    assert paths_of_field("type", "other", "tools") == ["tools.type"]
