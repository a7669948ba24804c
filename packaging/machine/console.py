"""What a person sees of the set-up, on standard error: standard output belongs to the program that is started."""

import sys


class SetupError(Exception):
    """The set-up cannot go on; the text says why, and what to do."""


def say(text: str) -> None:
    """Print a line."""
    print(text, file=sys.stderr)


def show_progress(text: str) -> None:
    """Show what is being done on the one line that changes; nothing where no person watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K  {text[:76]}", end="", file=sys.stderr, flush=True)


def end_progress() -> None:
    """Clear the line that changes."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
