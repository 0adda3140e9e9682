"""The cadence (流程): Prefect flows, the clock and the watch; thin over `domain`.

The modules here are the flows, one per process; `catalogue` lists them. Packages, lowest first:
engine, watch, steps, (the flows), clock, rehearsal.
"""
