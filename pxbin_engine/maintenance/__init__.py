"""What a person does to an installation as a whole: back it up, move its database, tell others what is wrong with it.

::

    backup_file     one file: a manifest, tables, sealed secrets
    backups         such a file made of the database, and the database made of such a file
    database_move   from the embedded PostgreSQL to a server, and back
    diagnostics     an archive that tells how pxbin is, and no secret
    listening       whether an address can be listened at
"""
