"""The points shop (积分超市): goods, stock, redemptions, opening days, funds, hand-out lists.

Uses `standing`, `cycle`, `ledger` and below.
"""
