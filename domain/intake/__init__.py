"""Intake (录入): sheets in, an answer for every row.

`imports.import_table` takes a sheet now, `inbox.stage` and `inbox.take_due` each row at its own
time, `refused.export_refused` gives back what could not be taken. A sheet goes through
`columns` (which column is which), `parsed` and `cells` (normal texts), a module for its kind,
and `answers` (what became of each row).
"""
