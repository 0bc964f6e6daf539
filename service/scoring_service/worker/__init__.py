"""The worker: lanes that read, score, deliver and commit, one per assigned partition.

worker.py      one worker process: its life from joining to leaving
membership.py  what the group gives and takes: epochs, where a lane starts, draining
reading.py     polls, and hands records to their lanes
lane.py        the loop of one partition: the delivery promise
buffer.py      bounded by count and bytes
scoring.py     one thread that scores the batches of all lanes
outbox.py      outputs on their way, retried for ever
routing.py     which output partition a message goes to: pure
commits.py     watermarks made durable
observing.py   lag, rates and the watchdog's tick, once a second
start.py       where a lane begins: pure
pace.py        how long to wait between two polls: pure
trouble.py     the latest infrastructure error, logged once
admission.py   whether the brokers let this worker in
identity.py    who this worker is
timing.py      every clock of the worker in one place
"""
