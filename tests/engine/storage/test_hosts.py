from typing import Any

import pytest
from asyncpg.connect_utils import SessionAttribute

from pxbin_engine.errors import ConfigError
from pxbin_engine.storage.hosts import in_order, parse_hosts

SPLITS: dict[str, tuple[str, str, tuple[Any, ...]]] = {
    "one host": ("postgresql://u:p@db/x", "postgresql://u:p@/x", (("db", 5432),)),
    "a port": ("postgres://db:6432/x", "postgres:///x", (("db", 6432),)),
    "two hosts, one with a port": (
        "postgresql://u@a:1,b/x",
        "postgresql://u@/x",
        (("a", 1), ("b", 5432)),
    ),
    "hosts and one port as keys": (
        "postgresql:///x?host=a,b&port=7",
        "postgresql:///x",
        (("a", 7), ("b", 7)),
    ),
    "hosts and ports as keys": (
        "postgresql:///x?host=a,b&port=1,2",
        "postgresql:///x",
        (("a", 1), ("b", 2)),
    ),
    "IPv6": ("postgresql://[::1]:7,[::2]/x", "postgresql:///x", (("::1", 7), ("::2", 5432))),
    "a socket": ("postgresql://u:p@/x?host=/run/pg", "postgresql://u:p@/x", (("/run/pg", 5432),)),
    "a socket in the place of the host": (
        "postgresql://%2Frun%2Fpg/x",
        "postgresql:///x",
        (("/run/pg", 5432),),
    ),
    "no host": ("postgresql:///x", "postgresql:///x", (None,)),
    "no host but a port": ("postgresql:///x?port=7", "postgresql:///x", (("localhost", 7),)),
    "a password with an at sign": (
        "postgresql://u:p%40@db/x",
        "postgresql://u:p%40@/x",
        (("db", 5432),),
    ),
    "what asyncpg knows stays": (
        "postgresql://db/x?sslmode=require&application_name=a%20b",
        "postgresql:///x?sslmode=require&application_name=a+b",
        (("db", 5432),),
    ),
    "what only libpq knows goes": (
        "postgresql://db/x?keepalives=1&keepalives_idle=30&gssencmode=disable&channel_binding=prefer",
        "postgresql:///x",
        (("db", 5432),),
    ),
}


@pytest.mark.parametrize(("url", "dsn", "hosts"), SPLITS.values(), ids=SPLITS.keys())
def test_a_url_is_taken_apart(url: str, dsn: str, hosts: tuple[Any, ...]) -> None:
    parsed = parse_hosts(url)
    assert (parsed.dsn, parsed.hosts) == (dsn, hosts)
    assert parsed.options == {}
    assert parsed.session_attributes == (SessionAttribute.any,)


def test_keys_of_libpq_are_translated() -> None:
    parsed = parse_hosts(
        "postgresql://db/x?connect_timeout=2&statement_cache_size=0&target_session_attrs=read-write"
    )
    assert parsed.dsn == "postgresql:///x"
    assert parsed.connect_timeout == 2
    assert parsed.options == {"statement_cache_size": 0}
    assert parsed.session_attributes == (SessionAttribute.read_write,)


def test_prefer_standby_is_standby_over_all_hosts_and_then_any() -> None:
    parsed = parse_hosts("postgresql://a,b/x?target_session_attrs=prefer-standby")
    assert parsed.session_attributes == (SessionAttribute.standby, SessionAttribute.any)


def test_the_system_trust_store_is_a_context_that_verifies_the_name() -> None:
    parsed = parse_hosts("postgresql://db/x?sslmode=verify-full&sslrootcert=system")
    assert parsed.dsn == "postgresql:///x"
    assert parsed.options["ssl"].check_hostname
    given = parse_hosts("postgresql://db/x?sslmode=verify-full&sslrootcert=/ca.pem")
    assert "sslrootcert=%2Fca.pem" in given.dsn
    assert given.options == {}


def test_hosts_may_be_taken_in_any_order() -> None:
    url = "postgresql://a,b,c,d,e/x?load_balance_hosts=random"
    orders = {parse_hosts(url).hosts for _ in range(50)}
    assert len(orders) > 1
    assert len({frozenset(order) for order in orders}) == 1


@pytest.mark.parametrize(
    "url",
    [
        "mysql://db/x",
        "postgresql://db:port/x",
        "postgresql://user:secret#not-encoded@db/x",
        "postgresql:///x?host=a,b&port=1,2,3",
        "postgresql://db/x?connect_timeout=soon",
        "postgresql://db/x?statement_cache_size=none",
        "postgresql://db/x?target_session_attrs=leader",
    ],
)
def test_a_url_that_cannot_be_understood_names_the_setting_and_shows_no_password(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^database_url: ") as caught:
        parse_hosts(url.replace("://", "://user:hunter2@"))
    assert "hunter2" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_host_that_answered_last_goes_first() -> None:
    hosts = (("a", 1), ("b", 2), ("c", 3))
    assert in_order(hosts, None) == hosts
    assert in_order(hosts, ("b", 2)) == (("b", 2), ("a", 1), ("c", 3))
