"""Review (评议): claims, who may decide them, their decisions, and whose are waited for.

Uses `community` and below.
"""
