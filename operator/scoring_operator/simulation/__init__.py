"""What the autoscaler would have done with a recorded load: on partitions and pods that are arithmetic.

trace.py   a CSV file → a load over time     plant.py    partitions and pods
run.py     both, and the decision            outcome.py  what became of it, in figures

It shares with an operator the decision, and what pods report; nothing else.
"""
