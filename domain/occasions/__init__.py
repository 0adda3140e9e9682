"""Occasions (告知事由): what people must hear of, and who is handed in to tell them.

Uses `store` and below. The domain knows no messenger: an act names the occasion, and the `Tell`
that it was given writes the letters, in the act's own transaction.
"""
