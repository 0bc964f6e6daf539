"""Model files: fetched and tried in a process of their own, checked by digest, opened with onnxruntime.

fetching.py  that process: one file from an https address or a path, tried, to its standard output
places.py    which addresses it may ask
session.py   an opened model
loading.py   all of it, for whoever wants a model
"""

from scoring_service.models.loading import Load, completed, load

__all__ = ["Load", "completed", "load"]
