"""What a request cost, and its row.

The map::

    pricing            tokens and a price -> dollars, class by class
    published_prices   the prices that vendors publish (genai-prices), asked in a process of its own
    price_worker       that process's program
    ledger             a finished exchange -> its priced row, written exactly once
    log_writer         rows to the database in batches; to disk while it is away
    spool              the rows on disk
    journal            those in memory, where a killed process leaves them
    row_file           files of rows
    budget_keeper      what this engine leases of each budget, and the levels that people are told of
"""
