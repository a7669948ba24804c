"""Fields of a key: what is taken, and what is said of the rest (more of it through the use cases, in ``test_keys``)."""

from datetime import timedelta, timezone

import pytest

from pxbin_engine.admin.key_fields import an_expiry, checked, some_models
from pxbin_engine.errors import InvalidInput
from tests.support.database import NOW


def test_names_of_models_are_cleaned_and_each_kept_once() -> None:
    assert some_models(["b", " a ", "b", "c-*"]) == ("b", "a", "c-*")
    assert some_models([]) == ()


def test_an_expiry_may_be_in_any_zone_but_not_in_the_past() -> None:
    zone = timezone(timedelta(hours=5))
    later = (NOW + timedelta(seconds=1)).astimezone(zone)
    assert an_expiry(later, NOW) == later
    with pytest.raises(InvalidInput, match="revoke"):
        an_expiry(NOW.astimezone(zone), NOW)


def test_what_needs_no_check_stays_as_it_is() -> None:
    assert checked({"is_active": False, "rate_limit": None}, "llm", NOW) == {
        "is_active": False,
        "rate_limit": None,
    }
    assert (
        checked({"rate_limit": None, "allowed_models": ()}, "management", NOW)["rate_limit"] is None
    )
