"""The page Logs: every request as it happens, older ones as one scrolls, and all that is known of the chosen one.

page              ``LogsPage``: filters, table, pane
presenter         loading, following, pausing
query, offered    what is filtered by (no Qt); what the filter offers
export, export_bar   rows to a file; how far it is
chosen            the chosen request; recorded: what it said and heard
detail            the detail pane; fact_views, recording_view, events: its parts
facts, timing, messages, command   what the pane says, as plain text (no Qt)
replay_presenter, replay_dialog, differences   the same request to another model
"""
