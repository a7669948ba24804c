"""Keys: what is shown, and what each action asks of the engine."""

from datetime import timedelta

import pytest
from PySide6.QtWidgets import QApplication

from pxbin_app.pages.keys.presenter import KeyRow, KeysPresenter, KeyValues, NewKey, matches
from pxbin_app.snippets import KEY, Access
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.gateway.name_pattern import NamePattern
from tests.app.listing.test_presenter import Form
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled

CODEX = KeyValues(type="llm", name="Codex", rate_limit=120)
GRAFANA = KeyValues(type="management", name="grafana", permissions=("read",))


class Shown:
    """A presenter whose page is in view."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.said: list[tuple[str, str]] = []
        self.made: list[NewKey] = []
        self.now = NOW
        self.presenter = KeysPresenter(
            bridge_to(self.engine),
            lambda text, tone: self.said.append((text, tone)),
            clock=lambda: self.now,
        )
        self.presenter.created.connect(self.made.append)

    @property
    def rows(self) -> tuple[KeyRow, ...]:
        return self.presenter.rows

    async def create(self, values: KeyValues) -> Form:
        form = Form()
        self.presenter.create(values, form)
        await settled()
        return form


@pytest.fixture
async def shown(qapp: QApplication) -> Shown:
    result = Shown()
    result.presenter.start()
    await settled()
    return result


async def test_a_new_key_is_told_once_with_what_it_needs(shown: Shown) -> None:
    upstream = await shown.engine.upstreams.create(name="z", base_url="http://z", format="openai")
    await shown.engine.models.import_models(upstream.id, ["b", "a"])
    form = await shown.create(CODEX)
    assert form.told == [True, "accepted", False]
    [new] = shown.made
    assert new.key.startswith("pxb_")
    assert new.key not in repr(new)
    assert (new.base_url, new.models) == ("http://127.0.0.1:8080", ("a", "b"))
    assert [row.record.rate_limit for row in shown.rows] == [120]


async def test_how_keys_are_used_is_told_without_any(shown: Shown) -> None:
    upstream = await shown.engine.upstreams.create(name="z", base_url="http://z", format="openai")
    await shown.engine.models.import_models(upstream.id, ["b", "a"])
    told: list[Access] = []
    shown.presenter.usage_known.connect(told.append)
    shown.presenter.tell_usage()
    await settled()
    assert told == [Access(KEY, "http://127.0.0.1:8080", ("a", "b"))]


async def test_a_key_that_was_made_is_shown_whatever_fails_after_it(shown: Shown) -> None:
    async def away() -> None:
        raise DatabaseUnavailable("The database is away.")

    shown.engine.models.list = away  # type: ignore[method-assign,assignment]
    form = await shown.create(CODEX)
    assert "accepted" in form.told
    assert shown.made[0].models == ()


async def test_a_key_without_a_name_is_refused_at_its_field(shown: Shown) -> None:
    form = await shown.create(KeyValues(type="llm", name=" "))
    assert form.told[1][0] == "name"  # type: ignore[index]
    assert shown.made == []


async def test_each_type_has_its_own_list(shown: Shown) -> None:
    await shown.create(CODEX)
    await shown.create(GRAFANA)
    assert [row.record.name for row in shown.rows] == ["Codex"]
    shown.presenter.set_type("management")
    assert (shown.rows, shown.presenter.state) == ((), "loading")
    await settled()
    assert [row.record.permissions for row in shown.rows] == [("read",)]


async def test_an_answer_for_the_other_type_is_dropped(shown: Shown) -> None:
    await shown.create(CODEX)
    shown.presenter.reload()
    shown.presenter.set_type("management")
    await settled()
    assert (shown.rows, shown.presenter.state) == ((), "loaded")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CODEX, KeyValues(type="llm", name="Codex 2", rate_limit=None)),
        (GRAFANA, KeyValues(type="management", name="terraform", permissions=("read", "write"))),
    ],
)
async def test_a_key_is_renamed_and_its_limit_or_permissions_changed(
    shown: Shown, before: KeyValues, after: KeyValues
) -> None:
    shown.presenter.set_type(before.type)
    await shown.create(before)
    form = Form()
    shown.presenter.change(shown.rows[0].record, after, form)
    await settled()
    record = shown.rows[0].record
    assert form.told == [True, "accepted", False]
    assert (record.name, record.rate_limit) == (after.name, None)
    assert record.permissions == (after.permissions if after.type == "management" else ())


async def test_limits_models_and_expiry_are_kept_and_taken_back(shown: Shown) -> None:
    limited = KeyValues(
        type="llm", name="CI", rate_limit=60, tokens_per_minute=40_000, max_concurrency=2,
        allowed_models=("a*",), expires_at=NOW + timedelta(days=7),
    )  # fmt: skip
    await shown.create(limited)
    record = shown.rows[0].record
    assert {name: getattr(record, name) for name in limited.fields} == limited.fields
    shown.presenter.change(record, KeyValues(type="llm", name="CI"), Form())
    await settled()
    record = shown.rows[0].record
    assert (record.tokens_per_minute, record.allowed_models, record.expires_at) == (None, (), None)


async def test_an_expired_key_is_renamed_and_given_more_time(shown: Shown) -> None:
    await shown.create(
        KeyValues(type="llm", name="CI", expires_at=shown.engine.now + timedelta(seconds=1))
    )
    shown.engine.now = shown.now = NOW + timedelta(days=1)
    shown.presenter.reload()
    await settled()
    assert shown.rows[0].status == "expired"
    record = shown.rows[0].record
    form = Form()
    shown.presenter.change(
        record, KeyValues(type="llm", name="CI 2", expires_at=record.expires_at), form
    )
    await settled()
    assert "accepted" in form.told
    form = Form()
    later = KeyValues(type="llm", name="CI 2", expires_at=shown.now + timedelta(days=1))
    shown.presenter.change(record, later, form)
    await settled()
    assert (shown.rows[0].record.name, shown.rows[0].status) == ("CI 2", "active")


async def test_what_is_pasted_names_only_models_that_the_key_may_use(shown: Shown) -> None:
    upstream = await shown.engine.upstreams.create(name="z", base_url="http://z", format="openai")
    await shown.engine.models.import_models(upstream.id, ["glm-4.6", "gpt-5.2", "gpt-5.2-mini"])
    await settled()
    assert shown.presenter.models == ("glm-4.6", "gpt-5.2", "gpt-5.2-mini")
    await shown.create(KeyValues(type="llm", name="CI", allowed_models=("gpt-*",)))
    assert shown.made[-1].models == ("gpt-5.2", "gpt-5.2-mini")


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("glm-4.6", "glm-4.6", True),
        ("glm-4.6", "glm-4x6", False),
        ("gpt-*", "gpt-5.2", True),
        ("*opus*", "claude-opus-4", True),
        ("*mini", "gpt-5.2-mini-x", False),
        ("*", "a\nb", True),
    ],
)
def test_a_pattern_names_models_as_the_engine_says(pattern: str, name: str, fits: bool) -> None:
    assert matches(pattern, name) == fits == NamePattern(pattern).matches(name)


async def test_revoking_several_keeps_their_rows(shown: Shown) -> None:
    await shown.create(CODEX)
    await shown.create(CODEX)
    shown.presenter.revoke(shown.rows)
    await settled()
    assert [row.record.is_active for row in shown.rows] == [False, False]
    assert shown.said == [("Codex revoked", "ok")] * 2


async def test_a_filter_finds_name_prefix_and_status(shown: Shown) -> None:
    await shown.create(CODEX)
    prefix = shown.rows[0].record.key_prefix
    for sought, found in (("codex", 1), (prefix, 1), ("active", 1), ("revoked", 0)):
        shown.presenter.set_filter(sought)
        assert len(shown.presenter.visible_rows) == found, sought


async def test_last_used_is_asked_for_only_while_the_page_is_seen(shown: Shown) -> None:
    assert shown.presenter._timer.isActive()
    shown.presenter.stop()
    assert not shown.presenter._timer.isActive()
