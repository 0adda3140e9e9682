"""The village board (公示栏): notices as pages, files and texts, in the public folder.

Uses `texts`, `paper`, `files`.
"""
