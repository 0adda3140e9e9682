"""The outbox (发件箱): messages written with what they tell of, and their delivery.

Uses `channels` and `texts`. The deliverer only delivers: what people hear is decided in `letters`.
"""
