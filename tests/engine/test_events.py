"""The bus: order, exact kinds, and a broken listener that stops nobody."""

import pytest

from pxbin_engine.events import ConfigurationChanged, DatabaseStateChanged, EventBus


def test_listeners_hear_their_kind_in_order() -> None:
    bus, heard = EventBus(), []
    bus.subscribe(ConfigurationChanged, lambda event: heard.append(("first", event.what)))
    bus.subscribe(ConfigurationChanged, lambda event: heard.append(("second", event.what)))
    bus.subscribe(DatabaseStateChanged, lambda event: heard.append(("other", str(event.available))))
    bus.publish(ConfigurationChanged(what="keys"))
    assert heard == [("first", "keys"), ("second", "keys")]


def test_an_ended_subscription_hears_nothing() -> None:
    bus, heard = EventBus(), []
    end = bus.subscribe(ConfigurationChanged, heard.append)
    end()
    end()
    bus.publish(ConfigurationChanged(what="keys"))
    assert heard == []


@pytest.mark.expects_error_log("listener.failed event=ConfigurationChanged")
def test_a_broken_listener_stops_nobody() -> None:
    bus, heard = EventBus(), []

    def broken(event: ConfigurationChanged) -> None:
        raise ValueError(event.what)

    bus.subscribe(ConfigurationChanged, broken)
    bus.subscribe(ConfigurationChanged, heard.append)
    bus.publish(ConfigurationChanged(what="models"))
    assert heard == [ConfigurationChanged(what="models")]
