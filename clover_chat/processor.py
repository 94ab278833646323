"""How a server shares the processor: an answer computes for seconds, a tile for milliseconds.

Knows the interpreter and its environment only, because it has to speak before torch is loaded.
"""

import gc
import os
import sys

SWITCH_S = 0.0005
"""How long Python code may go on while another thread waits for the interpreter."""

NEW_OBJECTS = 20_000
"""Objects that come up before the youngest are searched for garbage."""


def share_fairly() -> None:
    """Let threads that do little get on beside one that computes; call before torch is imported.

    By default every tile waits up to 5 ms for the interpreter, many times over, and the threads of
    a matrix product spin on the cores while they wait for each other.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def settle() -> None:
    """Leave everything that is loaded by now out of later searches for garbage.

    One search through all that torch and Gradio load stops every thread for half a second.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
