"""Kubernetes Events about pipelines: transitions only, each once, never more than anybody reads, never in the way.

A recorder of our own: kopf's works inside of its handlers alone and makes a new object each time, and nothing that a
pipeline needs may wait for an Event or fail with one.

event.py        what an Event says
transitions.py  pure: former and present status → Events
limits.py       pure: which Event may be written, which one repeats another
recorder.py     takes Events at once and writes them by and by
"""

from scoring_operator.events.event import Event, Told

__all__ = ["Event", "Told"]
