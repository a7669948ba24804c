"""Unknown keys, counted by address."""

import pytest

from pxbin_engine.server.lockout import Lockout


def counted(lockout: Lockout, address: str, now: float, times: int = 1) -> list[bool]:
    return [lockout.count(address, now) for _ in range(times)]


def test_the_last_of_so_many_locks_out_for_so_long() -> None:
    lockout = Lockout(3, 30.0)
    assert lockout.left("10.0.0.1", 0.0) == 0.0
    assert counted(lockout, "10.0.0.1", 0.0, 3) == [False, False, True]
    assert lockout.left("10.0.0.1", 10.0) == 20.0
    assert lockout.left("10.0.0.1", 30.0) == 0.0
    assert counted(lockout, "10.0.0.1", 30.0, 3) == [False, False, True]


def test_addresses_are_counted_apart() -> None:
    lockout = Lockout(2, 30.0)
    assert counted(lockout, "10.0.0.1", 0.0) + counted(lockout, "10.0.0.2", 0.0) == [False, False]
    assert counted(lockout, "10.0.0.1", 0.0) == [True]
    assert lockout.left("10.0.0.2", 0.0) == 0.0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("", "", True),
    ],
)
def test_a_customers_addresses_count_together(one: str, other: str, same: bool) -> None:
    lockout = Lockout(2, 30.0)
    lockout.count(one, 0.0)
    assert lockout.count(other, 0.0) is same


def test_a_few_in_each_minute_lock_nobody_out() -> None:
    lockout = Lockout(3, 30.0)
    assert not any(lockout.count("10.0.0.1", now * 31.0) for now in range(100))


def test_zero_never_locks_and_remembers_nobody() -> None:
    lockout = Lockout(0, 30.0)
    assert not any(counted(lockout, "10.0.0.1", 0.0, 100))
    assert len(lockout) == 0


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    lockout = Lockout(2, 1000.0)
    counted(lockout, "10.0.0.1", 0.0, 2)
    for number in range(5000):
        lockout.count(f"11.0.{number // 256}.{number % 256}", 1.0)
    assert len(lockout) == 4096
    assert lockout.left("10.0.0.1", 1.0) == 0.0
    assert lockout.count("11.0.19.135", 1.0)
