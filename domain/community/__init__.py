"""The community (社区、村): its rulesets, households, people, groups, and its years.

Uses `store`, `rules`, `kernel`.
"""
