"""What the fields of a key must hold; each failure is an ``InvalidInput`` that names the field."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, get_args

from pxbin_engine.admin.checks import a_name, a_number
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import KeyType, Permission

_MOST_MODELS = 200
"""Names in a key's list; a longer one is better said by a pattern."""


def a_limit(number: int | None, *, field: str) -> int | None:
    """At least 1; None for no limit."""
    return None if number is None else a_number(number, field=field, least=1)


def some_models(names: Sequence[str]) -> tuple[str, ...]:
    """Names of models, or patterns with ``*``, each once; nothing at all for every model."""
    if len(names) > _MOST_MODELS:
        raise InvalidInput(
            f"allowed_models holds more than {_MOST_MODELS} names; a pattern such as gpt-* says many.",
            field="allowed_models",
        )
    return tuple(dict.fromkeys(a_name(name, field="allowed_models") for name in names))


def an_expiry(moment: datetime | None, now: datetime) -> datetime | None:
    """A moment that is yet to come; None for never."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise InvalidInput("expires_at needs a time zone.", field="expires_at")
    if moment <= now:
        raise InvalidInput(
            "expires_at has passed already; revoke the key to stop it now.", field="expires_at"
        )
    return moment


def some_permissions(permissions: Sequence[Permission]) -> tuple[Permission, ...]:
    """At least one of those that there are."""
    known = get_args(Permission)
    if not permissions or any(permission not in known for permission in permissions):
        raise InvalidInput("permissions must hold read, write or both.", field="permissions")
    return tuple(permission for permission in known if permission in permissions)


_ONLY_LLM: dict[str, str] = {
    "rate_limit": "rate limit",
    "tokens_per_minute": "limit of tokens",
    "max_concurrency": "limit of requests at once",
    "allowed_models": "list of models",
}
"""Field -> what a management key has none of; for a person."""


def checked(fields: dict[str, Any], key_type: KeyType, now: datetime) -> dict[str, Any]:
    """The fields that were given, each as it is to be stored.

    Raises:
        InvalidInput: one of them cannot be used, or belongs to keys of the other type.
    """
    for field, name in _ONLY_LLM.items():
        if key_type == "management" and fields.get(field):
            raise InvalidInput(f"A management key has no {name}.", field=field)
    if key_type == "llm" and "permissions" in fields:
        raise InvalidInput("An llm key has no permissions.", field="permissions")
    checks: dict[str, Callable[[Any], Any]] = {
        "name": a_name,
        "rate_limit": lambda number: a_limit(number, field="rate_limit"),
        "tokens_per_minute": lambda number: a_limit(number, field="tokens_per_minute"),
        "max_concurrency": lambda number: a_limit(number, field="max_concurrency"),
        "allowed_models": some_models,
        "expires_at": lambda moment: an_expiry(moment, now),
        "permissions": some_permissions,
        "metadata": dict,
    }
    return {
        field: checks[field](value) if field in checks else value for field, value in fields.items()
    }
