"""What keeps a client from doing as its file says: variables of this process and of shells' start-up files, proxies, and
what the client itself knows of."""

import re
from collections.abc import Iterator, Mapping

from pxbin_app.clients.client import Client, Conflict, Values
from pxbin_app.clients.machine import STARTUP_FILES, Machine
from pxbin_app.clients.reading import read_text

_HERE = "the environment that pxbin was started in"
_PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_LOCAL = ("127.0.0.1", "localhost", "127.0.0.0/8", "*")
_PROXY = (
    "{name} is set in {place}, and NO_PROXY does not name 127.0.0.1: the client may send its requests through that proxy"
    " in place of pxbin."
)


def conflicts_of(client: Client, machine: Machine, values: Values) -> tuple[Conflict, ...]:
    """Everything that is worth telling, warnings first."""
    found = [*_of_variables(client, machine), *_of_proxies(machine)]
    found += client.conflicts(machine, values)
    return tuple(sorted(found, key=lambda conflict: conflict.severity != "warning"))


def _of_variables(client: Client, machine: Machine) -> Iterator[Conflict]:
    sentences = {**client.overriding, **client.harmless}
    for name, place in _set_somewhere(sentences, machine):
        text = sentences[name].format(name=name, place=place)
        yield Conflict(text, "warning" if name in client.overriding else "note")


def _of_proxies(machine: Machine) -> Iterator[Conflict]:
    environment = machine.environment
    spared = (
        environment.get("NO_PROXY", environment.get("no_proxy", "")).replace(" ", "").split(",")
    )
    if any(place in spared for place in _LOCAL):
        return
    name = next((name for name in _PROXIES if environment.get(name)), None)
    if name:
        yield Conflict(_PROXY.format(name=name, place=_HERE))


def _set_somewhere(names: Mapping[str, str], machine: Machine) -> Iterator[tuple[str, str]]:
    """Each variable that is set, with the place: here, else the first start-up file of a shell that sets it."""
    startup = () if machine.platform == "win32" else STARTUP_FILES
    texts = {f"~/{name}": read_text(machine.home / name) for name in startup}
    for name in names:
        sets = re.compile(
            rf"^[ \t]*(?:export[ \t]+|set[ \t]+-\S+[ \t]+)?{re.escape(name)}(?:=|[ \t]+\S)",
            re.MULTILINE,
        )
        place = _HERE if machine.environment.get(name) else None
        place = place or next((place for place, text in texts.items() if sets.search(text)), None)
        if place:
            yield name, place
