"""The clock (时钟): claims what falls due, hands it to Prefect, and sees to the daily duties.

Uses the flows and below.
"""
