"""PostgreSQL and secrets: everything that pxbin stores goes through this room.

The map::

    server          the embedded PostgreSQL as the engine uses it: started, watched, restarted, stopped
    postgres/       how that is done: programs, data directory, processes, locks, watchdog
"""
