"""Letters (信件): what is written to whom on each occasion (`messenger`), and alarms.

Uses `outbox` and `board`.
"""
