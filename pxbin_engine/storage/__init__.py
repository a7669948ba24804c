"""PostgreSQL and secrets: everything that pxbin stores goes through this room.

The map::

    server          the embedded PostgreSQL as the engine uses it: started, watched, restarted, stopped
    postgres/       how that is done: programs, data directory, processes, locks, watchdog
    database        a pool of connections to one schema; listening
    hosts           a database URL with several hosts, taken apart
    failures        foreign exceptions -> errors.py
    migrations      ../../migrations applied once, in order, under a lock
    keys upstreams models requests      a table each: its SQL, and records out of it
    budgets         limits, what was spent of them, and who holds how much of the rest
    sessions        what sessions and their agents used, as a trigger of the log sums it up
    partitions      the days of the log: made ahead, dropped when too old
    stats histogram     sums and percentiles from the hourly totals
    secret_store    where upstream keys live: in the OS keyring (os_keyring) or sealed in the database (sealing)
"""
