"""Objections (异议): cases, what they are about, and what follows from an upheld one.

Uses `settlement`, `shop`, `audit` and below.
"""
