"""Publicity (公示): what the quarter, the year, a redemption round and a report tell.

Uses `objections` and below.
"""
