"""The doors people come in by (入口): the command line (`commands`) and the pages (`web`).

`main` is the program; `common` is what all commands share.
"""
