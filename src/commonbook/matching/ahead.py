"""Memory that the state will grow into, taken and touched before the core serves. docs/decisions/0007.

The first touch of a page of 2 MiB makes the command that needs it wait: for the kernel, which zeroes it, and on a
virtual machine for its host, which has to find it. Here the C library is given so much, page by page, and it keeps what
is then let go of: the state grows into it without asking the kernel.

    ┌───── state ─────┬─────── touched, and free ───────┬ ─ ─ ─ ─ new
    └─────────────────┴──▶ grows ───────────────────────┴ ─ ─ ─ ─
"""

import ctypes

BLOCK = 64 * 1024  # of the size the engine's tables grow by, so that it lies where they do
PAGE = 4 * 1024  # the smallest there is: where no huge page is to be had, each is touched
MIB = 1024 * 1024
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # mallopt(3)
NEVER = 2**31 - 1
LARGEST = 32 * MIB  # what is larger is asked of the kernel each time; the most that glibc's own rule comes to


def take_ahead(mib: int) -> bool:
    """Have so many MiB ready for the calling process's main thread, which must be the caller.

    False where the C library is not glibc, or mib is 0: then nothing is done.
    """
    library = ctypes.CDLL(None)
    if mib <= 0 or not hasattr(library, "mallopt") or not hasattr(library, "gnu_get_libc_version"):
        return False
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.restype, library.free.argtypes = None, [ctypes.c_void_p]
    if not (library.mallopt(TRIM_THRESHOLD, NEVER) and library.mallopt(MMAP_THRESHOLD, LARGEST)):
        return False
    blocks = [block for _ in range(mib * MIB // BLOCK) if (block := library.malloc(BLOCK))]
    for block in blocks:
        for page in range(block, block + BLOCK, PAGE):
            ctypes.c_char.from_address(page).value = b"\0"
    for block in blocks:
        library.free(block)
    return True
