from pxbin_engine.protocol.dialects.anthropic_messages.turns import filled_turns
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Message, Text


def test_behaviour_12_blank_texts_and_empty_turns_are_repaired() -> None:
    losses = Losses()
    blank = [Message("user", (Text(""),)), Message("assistant", (Text("\n"), Text("a")))]
    nothing = Message("user", (Text("(no content)"),))
    assert filled_turns(blank, losses) == [nothing, Message("assistant", (Text("a"),))]
    assert filled_turns([], losses) == [nothing]
