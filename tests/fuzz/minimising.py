"""A smaller case that fails the same way: pieces are left out for as long as it still does."""

from collections.abc import Callable

from msgspec import structs

from tests.fuzz.cases import Case

MOST_TRIES = 3_000


def minimise(case: Case, fails: Callable[[Case], bool]) -> Case:
    """The smallest that was found, after at most ``MOST_TRIES`` tries; ``fails`` says whether it is the same failure."""
    tries = iter(range(MOST_TRIES))
    for field in ("cuts", "body"):
        case = _shrink(case, field, lambda tried: next(tries, None) is not None and fails(tried))
    return case


def _shrink(case: Case, field: str, fails: Callable[[Case], bool]) -> Case:
    """Halves, then quarters ... of one field left out, as delta debugging does (Zeller, "Isolating failure-inducing input")."""
    size = len(getattr(case, field)) // 2
    while size:
        start = 0
        while start < len(value := getattr(case, field)):
            tried = structs.replace(case, **{field: value[:start] + value[start + size :]})
            if fails(tried):
                case = tried
            else:
                start += size
        size //= 2
    return case
