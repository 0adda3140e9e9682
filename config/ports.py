"""The ports at which this program's parts answer, where nobody says others (端口)."""

PREFECT_PORT, WEB_PORT = 4200, 4280
