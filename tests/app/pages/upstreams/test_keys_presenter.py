"""The keys of an upstream: what each action asks of the engine."""

import pytest
from PySide6.QtWidgets import QApplication

from pxbin_app.pages.upstreams.keys_presenter import UpstreamKeysPresenter
from pxbin_engine.errors import SecretStoreUnavailable
from pxbin_engine.records import UpstreamHealthRecord, UpstreamKeyRecord
from tests.app.listing.test_presenter import Form
from tests.support.fake_engine import FakeEngine, bridge_to, settled


class Edited:
    """A presenter of an upstream with two keys."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.said: list[tuple[str, str]] = []
        self.changes = 0

    async def open(self) -> "Edited":
        record = await self.engine.upstreams.create(
            name="Z.ai", base_url="http://z", format="openai", api_key="sk-1"
        )
        record = await self.engine.upstreams.add_key(record.id, "sk-2", label="team")
        self.presenter = UpstreamKeysPresenter(
            bridge_to(self.engine), lambda text, tone: self.said.append((text, tone)), record
        )
        self.presenter.changed.connect(self._count)
        return self

    @property
    def keys(self) -> tuple[UpstreamKeyRecord, ...]:
        return self.presenter.record.keys

    @property
    def secrets(self) -> list[str]:
        """The keys themselves, in order."""
        return [self.engine.secrets.held[key.id] for key in self.keys]

    def _count(self) -> None:
        self.changes += 1


@pytest.fixture
async def edited(qapp: QApplication) -> Edited:
    return await Edited().open()


async def test_a_key_is_added_after_the_others(edited: Edited) -> None:
    form = Form()
    edited.presenter.add("backup", "sk-3", form)
    await settled()
    assert form.told == [True, "accepted", False]
    assert [key.label for key in edited.keys] == ["", "team", "backup"]
    assert edited.secrets == ["sk-1", "sk-2", "sk-3"]


@pytest.mark.parametrize(
    ("label", "secret", "field"),
    [("x", "", "api_key"), ("x", "a b", "api_key"), ("x" * 999, "k", "label")],
)
async def test_a_key_that_cannot_be_used_is_said_at_its_field(
    edited: Edited, label: str, secret: str, field: str
) -> None:
    form = Form()
    edited.presenter.add(label, secret, form)
    await settled()
    assert form.told[1][0] == field  # type: ignore[index]
    assert len(edited.keys) == 2


@pytest.mark.parametrize(("secret", "held"), [("", "sk-2"), ("sk-new", "sk-new")])
async def test_a_key_is_renamed_and_replaced_only_where_one_is_given(
    edited: Edited, secret: str, held: str
) -> None:
    edited.presenter.change(edited.keys[1], "work", secret, Form())
    await settled()
    assert edited.keys[1].label == "work"
    assert edited.secrets == ["sk-1", held]


async def test_a_key_is_switched_off_moved_and_removed(edited: Edited) -> None:
    edited.presenter.set_active(edited.keys[0], False)
    await settled()
    assert [key.is_active for key in edited.keys] == [False, True]
    edited.presenter.move(edited.keys[1], 0)
    await settled()
    assert edited.secrets == ["sk-2", "sk-1"]
    edited.presenter.remove(edited.keys[0])
    await settled()
    assert edited.secrets == ["sk-1"]
    assert "sk-2" not in edited.engine.secrets.held.values()


async def test_a_failure_is_told_and_what_holds_is_shown_again(edited: Edited) -> None:
    edited.engine.secrets.failure = SecretStoreUnavailable("The keyring is locked.")
    edited.presenter.remove(edited.keys[0])
    await settled()
    assert edited.said == [("The keyring is locked.", "err")]
    assert (len(edited.keys), edited.changes) == (2, 1)
    form = Form()
    edited.presenter.add("x", "sk-3", form)
    await settled()
    assert form.told == [True, "The keyring is locked.", False]


async def test_resting_keys_are_looked_after_only_while_they_are_seen(edited: Edited) -> None:
    presenter = edited.presenter
    resting = UpstreamHealthRecord(
        upstream_id=presenter.record.id, upstream_name="Z.ai", resting_keys=(edited.keys[1].id,)
    )
    edited.engine.health = [resting]
    assert not presenter._timer.isActive()
    presenter.start()
    assert presenter.resting == {edited.keys[1].id}
    edited.engine.health = []
    presenter._timer.timeout.emit()
    assert (presenter.resting, edited.changes) == (frozenset(), 2)
    presenter._timer.timeout.emit()
    assert edited.changes == 2  # nothing new: nothing is built anew
    presenter.stop()
    assert not presenter._timer.isActive()
