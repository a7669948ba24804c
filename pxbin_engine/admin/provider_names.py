"""Which names of a provider and of pxbin mean the same model.

1. Case, vendor prefixes (``anthropic/``), variants (``:free``) and the way words are joined do not count: ``Claude Sonnet 4.5`` is
   ``claude-sonnet-4-5``.
2. A name with a date is a version of the name without it: ``gpt-4o-2024-08-06`` of ``gpt-4o``.
3. Versions are told apart where both sides say them. Where a side leaves a date out, nobody can: then all of them are one model.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping

_JOINTS = re.compile(r"[\s._]+")
_LATEST = re.compile(r"-latest\Z")
_DATE = re.compile(r"-(\d{4})-?(\d{2})-?(\d{2})\Z|-(\d{4})\Z")


def version_of(name: str) -> str:
    """The name as all who use it agree on it, with its date, if it has one."""
    name = name.rpartition("/")[2].partition(":")[0].strip().lower()
    name = _LATEST.sub("", _JOINTS.sub("-", name))
    return _DATE.sub(lambda found: "-" + "".join(filter(None, found.groups())), name)


def family_of(name: str) -> str:
    """The name without a date."""
    return _DATE.sub("", version_of(name)) or name


def same_models(provider: Collection[str], served: Collection[str]) -> Mapping[str, str]:
    """Each of these names -> the name under which it is compared: that of a provider, where it has one."""
    families: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for side, names in enumerate((provider, served)):
        for name in names:
            families[family_of(name)][side].add(name)
    told: dict[str, str] = {}
    for family, sides in families.items():
        groups: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
        apart = _are_apart(family, *sides)
        for side, names in enumerate(sides):
            for name in names:
                groups[version_of(name) if apart else family][side].add(name)
        for theirs, ours in groups.values():
            shown = min(theirs or ours)
            told |= dict.fromkeys(theirs | ours, shown)
    return told


def _are_apart(family: str, theirs: set[str], ours: set[str]) -> bool:
    """Whether each version can be compared by itself."""
    if theirs == ours:
        return True
    return all(version_of(name) != family for name in theirs | ours)
