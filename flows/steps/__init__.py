"""What all flows share (步骤): a task run per community, claims, outcomes, names, limits.

Uses `engine` and `watch`.
"""
