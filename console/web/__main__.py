"""`python -m console.web …` in a checkout: `jifen web …`."""

import sys

from console.main import main

sys.argv.insert(1, "web")
main()
