"""Notices (公示) as they are kept, and how a community publishes them.

Uses `store`, `rules`, `kernel`. What stands on a notice is decided in `publicity`.
"""
