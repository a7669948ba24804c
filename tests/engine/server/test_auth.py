"""Keys: where they are looked for, which is taken, and that a revoked one stops at once."""

import hashlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec import structs
from multidict import CIMultiDict

from pxbin_engine.errors import AuthenticationFailed, PermissionDenied
from pxbin_engine.events import EventBus, RevokedKeyUsed
from pxbin_engine.records import KeyRecord, KeyType
from pxbin_engine.server.auth import Authenticator, KeyTable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LLM, OTHER_LLM, MANAGEMENT = "pxb_" + "1" * 40, "pxb_" + "2" * 40, "pxm_" + "3" * 40


def key(plaintext: str, kind: KeyType = "llm", *, is_active: bool = True) -> KeyRecord:
    return KeyRecord(
        id=UUID(int=int(plaintext[-1])),
        type=kind,
        name=plaintext[:5],
        key_prefix=plaintext[:8],
        key_hash=hashlib.sha256(plaintext.encode()).hexdigest(),
        is_active=is_active,
        created_at=NOW,
        updated_at=NOW,
    )


ALL = (key(LLM), key(OTHER_LLM), key(MANAGEMENT, "management"))


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": LLM},
        {"X-API-Key": f" {LLM} "},
        {"Authorization": f"Bearer {LLM}"},
        {"authorization": f"bEARER   {LLM}"},
        {"x-api-key": LLM, "Authorization": f"Bearer {OTHER_LLM}"},
        {"x-api-key": "sk-ant-of-somebody-else", "Authorization": f"Bearer {LLM}"},
        {"x-api-key": LLM, "Authorization": "Bearer oauth-token"},
        {"x-api-key": MANAGEMENT, "Authorization": f"Bearer {LLM}"},
    ],
)
def test_the_first_known_key_is_taken(headers: dict[str, str]) -> None:
    authenticator = Authenticator(KeyTable(ALL))
    assert authenticator.authenticate(CIMultiDict(headers), "llm") == ALL[0]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": f"Basic {LLM}"}, {"Authorization": LLM}, {"x-api-key": ""}],
)
def test_without_a_key_the_text_says_which_is_needed(headers: dict[str, str]) -> None:
    with pytest.raises(AuthenticationFailed, match="pxb_"):
        Authenticator(KeyTable(ALL)).authenticate(CIMultiDict(headers), "llm")


@pytest.mark.parametrize("presented", ["pxb_unknown", LLM[:-1], LLM + "1", "ключ", "pxb_\udcff"])
def test_an_unknown_key_is_refused_and_not_repeated(presented: str) -> None:
    with pytest.raises(AuthenticationFailed, match="not known") as caught:
        Authenticator(KeyTable(ALL)).authenticate({"X-Api-Key": presented}, "llm")
    assert presented not in caught.value.message


def test_a_key_of_the_other_kind_is_known_but_may_not() -> None:
    authenticator = Authenticator(KeyTable(ALL))
    with pytest.raises(PermissionDenied, match="management API"):
        authenticator.authenticate({"X-Api-Key": MANAGEMENT}, "llm")
    with pytest.raises(PermissionDenied, match="for the proxy"):
        authenticator.authenticate({"X-Api-Key": LLM}, "management")
    assert authenticator.authenticate({"X-Api-Key": MANAGEMENT}, "management") == ALL[2]


def test_a_revoked_key_stops_with_the_next_snapshot() -> None:
    authenticator = Authenticator(KeyTable([key(LLM)]))
    authenticator.authenticate({"X-Api-Key": LLM}, "llm")
    authenticator.keys = KeyTable([key(LLM, is_active=False)])
    with pytest.raises(AuthenticationFailed):
        authenticator.authenticate({"X-Api-Key": LLM}, "llm")


def test_a_revoked_key_that_is_still_used_is_told() -> None:
    events, told = EventBus(), []
    events.subscribe(RevokedKeyUsed, told.append)
    table = KeyTable([key(LLM, is_active=False), key(OTHER_LLM)])
    authenticator = Authenticator(table, events=events)
    agent = {"User-Agent": "claude-cli/2.1.330 (external, cli)"}
    for headers in ({"X-Api-Key": OTHER_LLM, "Authorization": f"Bearer {LLM}"}, {"X-Api-Key": LLM}):
        with suppress(AuthenticationFailed):
            authenticator.authenticate(CIMultiDict(headers | agent), "llm")
    with pytest.raises(AuthenticationFailed):
        authenticator.authenticate({"X-Api-Key": MANAGEMENT}, "llm")
    assert told == [
        RevokedKeyUsed(key_id=UUID(int=1), key_name=LLM[:5], client_name="Claude Code 2.1.330")
    ]


def test_a_record_without_a_hash_matches_nothing() -> None:
    assert (
        len(
            KeyTable(
                [
                    KeyRecord(
                        id=UUID(int=1),
                        type="llm",
                        name="x",
                        key_prefix="x",
                        created_at=NOW,
                        updated_at=NOW,
                    )
                ]
            )
        )
        == 0
    )


def test_an_expired_key_is_refused_from_that_moment_on_and_told_so() -> None:
    expiry = datetime(2026, 1, 1, 12, tzinfo=UTC)
    clock = [expiry - timedelta(seconds=1)]
    record = structs.replace(key(LLM), expires_at=expiry)
    authenticator = Authenticator(KeyTable([record, key(OTHER_LLM)]), clock=lambda: clock[0])
    assert authenticator.authenticate({"X-Api-Key": LLM}, "llm") == record
    clock[0] = expiry
    with pytest.raises(AuthenticationFailed, match="expired at 2026-01-01 12:00 UTC"):
        authenticator.authenticate({"X-Api-Key": LLM}, "llm")
    headers = {"X-Api-Key": LLM, "Authorization": f"Bearer {OTHER_LLM}"}
    assert authenticator.authenticate(headers, "llm").key_prefix == OTHER_LLM[:8]
