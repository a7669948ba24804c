"""The headless engine's command line: ``pxbin-engine <command>``.

::

    arguments    the table of commands, and the parser made from it
    keys upstreams models aliases budgets log    the commands over the admin use cases
    recordings   one request of the log, and what was kept of its bodies
    maintenance  migrate, check
    serve        the engine without a window, until a signal stops it
    command      what a command is
    lookup       what a person names (by name, id or prefix) -> the record
    answers      what a command says: for a person, or as JSON
    log_lines    how log records become lines: text or JSON

A command opens the same storage as the app, without listening; a running engine hears of changes by NOTIFY.
"""
