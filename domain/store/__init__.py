"""The database (存储): tables, engines, roles, and what a fault of the database means.

Uses `kernel`. What the rows mean is said by the packages above.
"""
