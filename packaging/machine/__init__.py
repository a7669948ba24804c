"""What makes a bare machine ready for pxbin, with the standard library alone.

- ``commands``: what ``packaging/bootstrap.py`` is told to do (run, test, setup, ...).
- ``environment``: ``.venv`` with the locked dependencies and the project itself.
- ``system_packages``: what Qt and the tests need from the operating system, and how it is installed.
- ``console``: what the person sees of it.
"""
