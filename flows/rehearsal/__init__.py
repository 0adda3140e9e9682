"""Rehearsals and the demonstration (演练、演示): a year replayed from files on the real engine.

Uses the flows and below.
"""
