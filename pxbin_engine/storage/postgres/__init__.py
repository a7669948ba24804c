"""The embedded PostgreSQL: a private server in the user's data directory. ``storage/server.py`` is its door.

The map::

    cluster         one instance's use of one data directory: join, leave; the locks (blocking)
    control         what is done to the server meanwhile: adopt, launch, stop
    postmaster      a running server, ours or adopted, and the thread that notices its end
    initdb          a new data directory, made beside its place and then moved there
    watchdog(.sh)   stops the server when the app died without doing so
    binaries        where PostgreSQL's programs are
    identity        as whom they run; unprivileged: root's way to run them as nobody
    processes       which processes are servers of a data directory; signals
    layout          which file lies where; postmaster.pid
    endpoint        socket or port, and the DSN
    conf  log       pxbin.conf; postgres.log
    file_lock       shared and exclusive locks that die with their holder
"""
