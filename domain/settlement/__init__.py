"""The yearly settlement (年度核算): its gate, the settlement, clearing or carrying over.

Uses `audit`, `standing` and below.
"""
