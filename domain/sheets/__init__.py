"""Spreadsheets as clerks make them (电子表格): CSV and XLSX, read and written.

Uses `kernel`. Knows cells, encodings and headings, and nothing of the scheme.
"""
