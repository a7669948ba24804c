"""What of a stop reason most dialects have no word for."""

import pytest

from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.response import StopReason
from pxbin_engine.protocol.stops import note_stop


@pytest.mark.parametrize(
    ("stop", "paths"),
    [
        (StopReason("end_turn"), []),
        (StopReason("stop_sequence"), []),
        (StopReason("stop_sequence", "stop_sequence", "END"), ["answer.stop_sequence"]),
        (StopReason("pause_turn"), ["answer.stop"]),
    ],
)
def test_only_what_cannot_be_told_is_a_loss(stop: StopReason, paths: list[str]) -> None:
    losses = Losses()
    note_stop(stop, losses)
    assert [loss.path for loss in losses] == paths
