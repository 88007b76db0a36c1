"""Huge pages for whatever holds the engine's state: with pages of 4 KiB a large state waits for address look-ups more
than for memory. docs/decisions/0007.

The C library's allocator asks the kernel for them when it is told to before the process starts (glibc 2.35 or newer);
any other allocator passes the variable over. What the user has set stays as it is.
"""

import os
import sys
from collections.abc import Mapping

VARIABLE = "GLIBC_TUNABLES"
HUGE_PAGES = "glibc.malloc.hugetlb=1"


def with_huge_pages(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment that a process with a large state is started in."""
    return {VARIABLE: HUGE_PAGES, **environment}


def start_again_with_huge_pages() -> None:
    """Replace this process by the same command started that way; at once, before it holds anything."""
    if VARIABLE not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], with_huge_pages(os.environ))
