"""What other parameters would change: the same records scored twice, and the difference in figures and pictures.

selection.py   the last records of a topic's partitions
comparison.py  records in, two scorers, what differs       movers.py   the few that move most, and why
findings.py    the result, as it is written                histogram.py  edges that people can read
view.py        … for a terminal
page.py        … as one HTML page                          plots.py    its pictures (needs the extra `plots`)

Nothing in here reads a stream, a file or a clock, or writes one.
"""
