"""The page Settings.

::

    page               the list of sections, the one in view, and the bar that applies what waits
    sections           network, log, notifications, start and look, diagnostics, about
    fields             what of the configuration can be filled in, and how a text becomes a value
    presenter          what was filled in and not applied yet; switches that hold at once
    database_section   where the data is
    database_dialog    another place for it: tried, moved to, or used as it is
    database_presenter the same, without widgets
    backup_section     backups made and restored
    restore_dialog     what is in a backup, before it is put in place
    backup_presenter   the same, without widgets
"""
