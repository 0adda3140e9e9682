"""The probes (探测): one list of what can be wrong with an installation, each found by its cause.

`jifen doctor`, the watch, `/status`, `/healthz` and the metrics ask these, and nothing else.
"""

from flows.watch.probes.board import Board, Checked
from flows.watch.probes.installation import Installation

__all__ = ["Board", "Checked", "Installation"]
