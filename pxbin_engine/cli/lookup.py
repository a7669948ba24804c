"""What a person names on the command line -> the one record that is meant."""

from collections.abc import Iterable
from typing import Protocol, TypeVar
from uuid import UUID

from pxbin_engine.errors import InvalidInput, NotFound


class Named(Protocol):
    """A record with an id and a name."""

    @property
    def id(self) -> UUID: ...

    @property
    def name(self) -> str: ...


R = TypeVar("R", bound=Named)


def find(records: Iterable[R], text: str, *, kind: str) -> R:
    """The record of that id or name; for keys, also the first 8 characters that are shown.

    Raises:
        NotFound: there is none.
        InvalidInput: there are several; their ids are told.
    """
    found = [
        record
        for record in records
        if text in {str(record.id), record.name, getattr(record, "key_prefix", None)}
    ]
    if not found:
        raise NotFound(f"There is no {kind} {text!r}.")
    if len(found) > 1:
        ids = ", ".join(str(record.id) for record in found)
        raise InvalidInput(f"There are {len(found)} of the name {text!r}; say which id: {ids}.")
    return found[0]
