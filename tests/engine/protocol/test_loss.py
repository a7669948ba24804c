"""Losses are kept once each, in the order in which they were found."""

from pxbin_engine.protocol.loss import Loss, Losses


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
