"""What the scheme means (业务领域): packages named as the office speaks, lowest first.

kernel; store, rules, sheets; ledger, community, notices; cycle, review, standing, surveys; audit,
shop; settlement, operations; objections; publicity; intake; cards, worked. Each imports only from
packages below it: `make check` proves it. Nothing here knows Prefect, Apprise or the web.
"""
