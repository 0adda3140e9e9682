"""What the scheme means (业务领域): packages named as the office speaks, lowest first.

kernel; store, rules, sheets; ledger, community, notices, occasions; review, standing, surveys;
cycle; audit, shop; settlement, operations; objections; publicity; intake; steps; cards, worked.
Each imports only from packages below it: `make check` proves it. Nothing here knows Prefect,
Apprise or the web.
"""
