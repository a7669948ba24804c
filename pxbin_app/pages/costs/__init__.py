"""The page Costs: budgets and how they stand, and under them what was spent in a period: by model, key, client, upstream and session.

presenter        budgets: loading, live, add, change, delete
cards            a card for each budget
dialogs          the form of a budget
spend_presenter  reading what was spent
spend            its chart and its four tables
spend_words      the series of that chart, and the month's forecast in words
model            what was spent as rows of a table
sessions_presenter  reading sessions, and who of them is live
sessions         their table
session_rows     sessions and the tree of their agents as rows
reconcile_presenter  a provider's usage exports, and their comparison with what pxbin counted
reconcile_rows   that comparison as rows of a table
reconcile_dialog  the dialog that shows it
page             ``CostsPage``
"""
