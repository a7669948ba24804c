"""What a person sees of the set-up: short lines, and errors that say what to do."""

import sys


class SetupError(Exception):
    """The set-up cannot go on; the text says why, and what to do."""


def say(text: str) -> None:
    """Print a line at once, also into a pipe, so that it stands before the output of what is started next."""
    print(text, flush=True)


def show_progress(text: str) -> None:
    """Show what is being done on the one line that changes; nothing where no person watches."""
    if sys.stdout.isatty():
        print(f"\r\033[K  {text[:76]}", end="", flush=True)


def end_progress() -> None:
    """Clear the line that changes."""
    if sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)
