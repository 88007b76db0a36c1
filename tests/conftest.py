"""How examples are drawn, and what an exchange of the tests takes of the machine, for all tests."""

import os

from hypothesis import settings

# Hundreds of exchanges are started, and none of them grows.
os.environ.setdefault("COMMONBOOK__CORE__MEMORY_AHEAD_MIB", "0")

# A time for each example would test the machine and what else runs on it, not the code.
settings.register_profile("commonbook", deadline=None)
settings.load_profile("commonbook")
