"""The keyboard map, as one table: what the window binds, and what tables, forms and lists know by themselves."""

from typing import Literal, NamedTuple

WindowAction = Literal["palette", "filter", "settings", "help", "close", "quit"]


class Shortcut(NamedTuple):
    """Keys, as Qt writes them, and what they do; several keys do the same."""

    keys: tuple[str, ...]
    does: str


WINDOW: dict[WindowAction, Shortcut] = {
    "palette": Shortcut(("Ctrl+K",), "Find a page, an action, a model, a key or a request"),
    "filter": Shortcut(("Ctrl+F",), "Filter the page"),
    "settings": Shortcut(("Ctrl+,",), "Settings"),
    "help": Shortcut(("F1", "Ctrl+/"), "Show these keys"),
    "close": Shortcut(("Ctrl+W",), "Close the window"),
    "quit": Shortcut(("Ctrl+Q",), "Quit pxbin"),
}
"""What the window binds, wherever the focus is."""

TABLES = (
    Shortcut(("Up", "Down"), "Go to a row, from anywhere on the page"),
    Shortcut(("Return",), "Open the row"),
    Shortcut(("Shift+Up", "Shift+Down"), "Choose several rows"),
    Shortcut(("Del",), "Delete the chosen rows"),
    Shortcut(("Esc",), "Close the pane, empty the filter"),
)

LOGS = (
    Shortcut(("Space",), "Hold the list, or let it go on"),
    Shortcut(("Ctrl+C",), "Copy the request as cURL"),
    Shortcut(("Ctrl+F",), "In a text of the pane: find words in it"),
)

FORMS = (
    Shortcut(("Tab", "Shift+Tab"), "Go to the next control, or back"),
    Shortcut(("Ctrl+Return",), "Save"),
    Shortcut(("Space",), "Press, tick, open a list"),
    Shortcut(("Esc",), "Close without saving"),
)


def page_key(place: int) -> str:
    """The keys of the sidebar's line of this place, from 1 on; empty beyond the digits."""
    return f"Ctrl+{place}" if place < 10 else ""


def groups(pages: tuple[str, ...]) -> tuple[tuple[str, tuple[Shortcut, ...]], ...]:
    """The whole map by where it holds; ``pages`` are the titles of the sidebar, in order."""
    to_pages = tuple(
        Shortcut((page_key(place),), title)
        for place, title in enumerate(pages, start=1)
        if page_key(place)
    )
    return (
        ("Everywhere", tuple(WINDOW.values())),
        ("Pages", to_pages),
        ("Tables", TABLES),
        ("Logs", LOGS),
        ("Forms", FORMS),
    )
