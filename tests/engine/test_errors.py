"""The exception tree is the one that its docstring draws."""

import inspect
import re

from pxbin_engine import errors


def test_the_docstring_draws_every_error() -> None:
    drawn = set(re.findall(r"(?:──\s|^)(\w+)", errors.__doc__ or "", re.MULTILINE)) | {"PxbinError"}
    real = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == errors.__name__
    }
    assert real <= drawn
    assert all(issubclass(getattr(errors, name), errors.PxbinError) for name in real)
