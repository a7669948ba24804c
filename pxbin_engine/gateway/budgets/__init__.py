"""Budgets on the path of a request: nothing here waits for the database, but for a second at most where a lease is used up.

::

    period      when a period begins and ends, in the budget's time zone
    level       how a meter stands: its pace, the forecast, what a person is told
    estimate    what a request will probably cost, by what the model's answers cost before
    book        what this engine holds of each meter: leased, reserved, spent and not written yet
    gate        lets requests in or refuses them; waits where the book has too little

The theory. ``spent`` is kept by the database, exactly once for each row. What may still be spent is handed out as leases: an
engine spends within its lease without asking, and ``spent`` plus all leases never exceeds the limit. A lease covers what is
reserved for requests in flight, what they cost and is not written yet, and some headroom for what comes. So a limit is
exceeded only by what requests in flight cost beyond their reservation.
"""
