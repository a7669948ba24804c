"""The pages of the window, a folder each: page.py (widgets), presenter.py (state and actions), model.py (tables).

A page never meets another one; what it needs of the app comes in a ``PageContext``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from pxbin_app.app_controls import AppControls
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.theme import Tone


@dataclass(frozen=True, kw_only=True)
class PageContext:
    """What a page is given.

    Attributes:
        bridge: signals of the engine, and the engine itself while ``bridge.ready``.
        notify: says something in passing: a text and how it went.
        show_page: goes to another page, by its name.
        show_request: goes to Logs, to the request of this id.
        show_requests: goes to Logs, and filters by these words there.
        set_up: goes through the steps of the first run.
        controls: what a page may change of the app; None where there is no app (a page on a test's stage).
    """

    bridge: EngineBridge
    notify: Callable[[str, Tone], None]
    show_page: Callable[[str], None]
    show_request: Callable[[UUID], None] = lambda _request_id: None
    show_requests: Callable[[str], None] = lambda _words: None
    set_up: Callable[[], None] = lambda: None
    controls: AppControls | None = None
