"""Operation (运行): findings, status, measurements, and what the service notes of itself.

Uses `cycle`, `review`, `shop` and below.
"""
