"""Whether an address can be listened at, found out by doing it for a moment."""

import errno
import os
import socket

_REASONS = {
    errno.EADDRINUSE: "Another program listens there.",
    errno.EACCES: "This user may not listen there: ports below 1024 are the system’s.",
    errno.EADDRNOTAVAIL: "This machine does not have that address.",
}


def problem_of_address(host: str, port: int) -> str:
    """Why nobody can listen there; empty: it is free. Blocks while a name is looked up."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror:
        return "There is no such address."
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # else connections that end now are in the way
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
                probe.listen(1)
            except OSError as error:
                return _REASONS.get(error.errno or 0, f"It cannot be used: {error.strerror}.")
    return ""
