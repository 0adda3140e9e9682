"""Standing (排名): the year's ranking, places, honours lists, and what can be redeemed.

Uses `community`, `ledger` and below.
"""
