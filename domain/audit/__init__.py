"""The monthly audit (月度审核): books opened, claims scored and registered, every point explained.

Uses `cycle`, `review`, `ledger` and below.
"""
