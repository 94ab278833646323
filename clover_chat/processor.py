"""How a server shares the processor: an answer computes for seconds, a tile for milliseconds.

Knows the interpreter and its environment only, because it has to speak before torch is loaded.
"""

import os
import sys

SWITCH_S = 0.0005
"""How long Python code may go on while another thread waits for the interpreter."""


def share_fairly() -> None:
    """Let threads that do little get on beside one that computes; call before torch is imported.

    By default every tile waits up to 5 ms for the interpreter, many times over, and the threads of
    a matrix product spin on the cores while they wait for each other.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    sys.setswitchinterval(SWITCH_S)
