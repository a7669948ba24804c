"""The page Logs: every request as it happens, older ones as one scrolls, and all that is known of the chosen one.

query        the filter words; whether a request fits a filter (no Qt)
facts        what the detail pane says of a request, as plain text (no Qt)
export       rows to CSV or JSON (no Qt)
presenter    loading, following, pausing, choosing
detail       the detail pane
page         ``LogsPage``
"""
