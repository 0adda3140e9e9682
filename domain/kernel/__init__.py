"""What everything stands on (基础): periods, points, time, names, refusals and their sentences.

Imports nothing of ours. Pure: no database, no file, no clock but the machine's.
"""
