"""The ledger (台账): entries and journals, append-only and sealed, and what can be read off them.

Uses `store`, `rules`, `kernel`. `post` is the one way in; `verify` computes every seal again.
"""
