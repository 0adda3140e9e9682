"""Surveys (入户调查): whom the lot asks, and what they answered.

Uses `community`, `ledger` and below.
"""
