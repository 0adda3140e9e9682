"""Points cards (积分卡) and the year in figures: all that a household or a town asks about points.

Uses everything below; nothing uses it here.
"""
