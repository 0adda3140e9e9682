"""Letters (信件): who hears what and when: news, reminders, the daily ladder, alarms.

Uses `outbox` and `board`.
"""
