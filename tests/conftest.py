"""Settings every test shares."""

from hypothesis import settings

# the first call of a compiled kernel takes longer than any deadline
settings.register_profile("matchloop", deadline=None)
settings.load_profile("matchloop")
