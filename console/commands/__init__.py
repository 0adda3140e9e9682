"""The command line's commands (命令): one module a subject; `console.main` lists them."""
