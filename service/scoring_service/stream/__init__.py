"""The way to a stream: `ports` is the seam, `kafka` the real adapter, `memory` its in-process twin."""
