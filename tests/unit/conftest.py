"""Unit tests repeat: the same examples on every run and machine, however busy it is."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("repeatable")
