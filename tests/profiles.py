"""How many examples Hypothesis tries: few while one works, all before a change is accepted.

`--hypothesis-profile` chooses another profile than the default.
"""

import os

from hypothesis import settings

_FULL = 100

settings.register_profile("fast", deadline=None, max_examples=_FULL // 5)
settings.register_profile("full", deadline=None, max_examples=_FULL)
settings.register_profile("torture", deadline=None, max_examples=_FULL * 25 // 2)
settings.load_profile("full" if "CI" in os.environ else "fast")


def examples(full: int) -> int:
    """The profile's share of the number that "full" tries, for tests that need more or fewer."""
    profile = settings.get_profile(settings.get_current_profile_name())
    return max(2, full * profile.max_examples // _FULL)
