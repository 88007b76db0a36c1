"""How examples are drawn, for all tests."""

from hypothesis import settings

# A time for each example would test the machine and what else runs on it, not the code.
settings.register_profile("commonbook", deadline=None)
settings.load_profile("commonbook")
