"""Of what a person is told who does not look at the window, kind by kind."""

from typing import Literal

NoticeKind = Literal["budget", "upstream", "key", "database"]

NOTICE_KINDS: dict[NoticeKind, str] = {
    "budget": "A budget comes to its warning, or is used up",
    "upstream": "An upstream is down, or back",
    "key": "A revoked key is still used",
    "database": "The database is away, or back",
}
