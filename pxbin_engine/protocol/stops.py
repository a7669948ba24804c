"""What of a stop reason most dialects have no word for."""

from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.response import StopReason


def note_stop(stop: StopReason, losses: Losses) -> None:
    """The losses of a client that is told neither which stop sequence was met nor that a turn only pauses (Anthropic's are)."""
    if stop.sequence is not None:
        losses.add("answer.stop_sequence", "The client cannot be told which stop sequence was met.")
    if stop.unified == "pause_turn":
        losses.add("answer.stop", "The client knows no turn that pauses; it was told as an end.")
