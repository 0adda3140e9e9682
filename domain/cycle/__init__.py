"""The review cycle (审核周期): which steps there are, when they fall due, and whose turn it is.

Uses `review`, `community` and below. `calendar`, `schedule`, `catalogue` and `plan` are pure;
`occurrences` and `due` keep them in the database.
"""
