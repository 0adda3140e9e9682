"""The tables. Ledger, decisions and notices are append-only (triggers refuse the rest).

Points are integer hundredths, money integer fen, times UTC. Whatever may happen only once has a
unique constraint here: constraints, not caches, make things happen once. A module for each
subject: to map a table takes time that a command which never reads it should not spend.
"""
