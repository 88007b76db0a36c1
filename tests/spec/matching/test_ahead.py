"""Memory that is ready before the core needs it. docs/decisions/0007."""

import subprocess
import sys

GROWS = """
import ctypes, resource, sys
from commonbook.matching.ahead import BLOCK, MIB, take_ahead

ahead = int(sys.argv[1])
assert take_ahead(ahead) is (ahead > 0)
library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(24 * MIB // BLOCK):  # as the engine's tables grow
    ctypes.memset(library.malloc(BLOCK), 1, BLOCK)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(ahead: int) -> int:
    """Page faults of a process that grows by 24 MiB."""
    command = [sys.executable, "-c", GROWS, str(ahead)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, env={}).stdout)


def test_a_state_that_grows_into_memory_that_is_ready_asks_the_kernel_for_none() -> None:
    assert 3 * faults(32) < faults(0)  # without it every page is one: 6,144, or 12 where all of them are huge
