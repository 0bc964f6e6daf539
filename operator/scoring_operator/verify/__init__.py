"""Whether an installed release does its work: what `helm test` runs in the cluster.

port.py      what is asked of the cluster and of the operator's pod
checks.py    what must be true, in the order in which one thing needs the other
running.py   the checks one after the other, each repeated while there is time
kube.py      a real cluster
memory.py    one in memory
"""
