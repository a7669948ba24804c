"""What is told of a client's set-up, in whole sentences. No widgets here."""

from pxbin_app.client_setup.probe import Probed
from pxbin_app.clients import Plan, State, Status, Undone
from pxbin_app.theme import Tone
from pxbin_app.widgets.format import duration, money, tokens

STATES: dict[State, tuple[str, Tone]] = {
    "connected": ("Connected", "ok"),
    "moved": ("Old address", "warn"),
    "elsewhere": ("Points elsewhere", "warn"),
    "not set up": ("Not set up", "neutral"),
    "not found": ("Not found", "neutral"),
    "unreadable": ("Cannot be read", "err"),
}
"""How a client stands, in a word and its tone."""

CONFLICT_TONES: dict[str, Tone] = {"warning": "warn", "note": "info"}


def version_words(status: Status | None, version: str) -> str:
    """Beside the title: what was found of the program."""
    if status is None:
        return ""
    if status.program is None:
        return "Its program was not found on this machine"
    return f"Version {version} found" if version else "Found on this machine"


def lead_words(plan: Plan, status: Status | None) -> str:
    """Over the diff: what it is."""
    if plan.already_ours:
        return "Everything is as it should be: there is nothing to change."
    if status is not None and status.state == "moved":
        return "It points at pxbin by an old address or key. Only these lines change."
    if all(file.before is None for file in plan.files):
        return "There is no such file yet. It is made, for you alone to read; Undo removes it."
    return "Only these lines change. The rest of the file, its comments and order stay as they are."


def backup_words(plan: Plan) -> str:
    """Under the diff: where the file is kept as it was."""
    if not plan.backups:
        return ""
    names = ", ".join(str(path) for path in plan.backups)
    return f"Backup: {names}"


def result_words(result: Probed | None, *, testing: bool) -> tuple[str, Tone]:
    """How a test went."""
    if testing:
        return "One request is on its way through pxbin…", "info"
    if result is None:
        return "", "neutral"
    record = result.record
    if not result.passed or record is None:
        status = f"{record.status_code}: " if record is not None and record.status_code else ""
        return f"{status}{result.problem}", "err"
    read = tokens(record.input_tokens + record.cache_read_tokens + record.cache_creation_tokens)
    parts = [
        f"It works. {record.model} answered by {record.upstream_name}",
        f"status {record.status_code}",
        f"{read} in, {tokens(record.output_tokens)} out",
        duration(record.latency_ms),
    ]
    if record.cost is not None:
        parts.append(money(record.cost))
    return " · ".join(parts), "ok"


def undone_words(title: str, undone: Undone) -> str:
    """After an undo: what stays, because the person changed it since."""
    if undone.kept:
        names = ", ".join(undone.kept)
        return f"{title} is as it was, but for what you changed since: {names}"
    return f"{title} is as it was before pxbin"
