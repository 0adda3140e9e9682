"""The rules of a scheme (规则): ruleset files read, checked and applied to claims.

Uses `kernel`. Pure functions: no database. `schema` is the file's form, `evaluate` the one
evaluation.
"""
