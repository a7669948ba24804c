"""What a translation could not carry: named, kept with the request, shown to the person."""

from msgspec import Struct


class Loss(Struct, frozen=True):
    """One thing of the source that the target cannot say.

    Attributes:
        path: where it stood in the source, e.g. ``tools[3]`` or ``messages[2].content[0].cache_control``.
        reason: one sentence for a person.
    """

    path: str
    reason: str


MOST_LOSSES = 200
"""Of one translation; a body can be made that has a million."""


class Losses(list[Loss]):
    """The losses of one translation; the same path and reason is kept once, and after ``MOST_LOSSES`` that there are more."""

    def add(self, path: str, reason: str) -> None:
        """Record that ``path`` could not be carried, and why."""
        if len(self) > MOST_LOSSES:
            return
        loss = Loss(path, reason)
        if len(self) == MOST_LOSSES:
            loss = Loss("", "There are more losses than these.")
        if loss not in self:
            self.append(loss)


_PARTLY_CARRIED = frozenset(
    ["generationConfig", "metadata", "output_config", "reasoning", "text", "thinking", "toolConfig"]
)
"""Fields of requests, of any dialect, whose known parts are carried: only the rest of them can be lost."""


def paths_of_field(name: str, value: object, place: str) -> list[str]:
    """Where a field stood that only another dialect has; ``place`` is empty for one of the request itself.

    Of an object that is carried in part what is left of it is named: ``thinking.display``, where ``thinking.type`` is not lost.
    """
    if (name, value) == (
        "type",
        "custom",
    ):  # Anthropic's word for a tool of the client's: so is every function
        return []
    if not place and name in _PARTLY_CARRIED and isinstance(value, dict):
        return [f"{name}.{inner}" for inner in value]
    return [f"{place}.{name}" if place else name]
