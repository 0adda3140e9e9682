"""`python -m console.web`: the pages as a process of their own."""

from console.web.site import main

main()
