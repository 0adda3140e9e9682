"""Worked cases (演算): a ruleset's own examples, run through the program itself.

Uses everything below; nothing uses it here.
"""
