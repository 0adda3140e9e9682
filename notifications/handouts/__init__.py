"""Hand-outs (资料): points cards, the ledger and the year's summary as files.

Uses `board`, `texts`, `paper`, `files`.
"""
