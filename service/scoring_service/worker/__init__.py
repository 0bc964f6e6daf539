"""The worker: lanes that read, score, deliver and commit, one per assigned partition.

The life of a process
    worker.py        from joining to leaving
    session.py       one stay in the group after another
    rejoining.py     who wants a new client, and why
    admission.py     whether the brokers let this worker in
    permissions.py   whether it may do what it needs
    forever.py       parts of it that must not end unnoticed
    observing.py     lag, rates, stalls and the watchdog's tick, once a second
What the group gives and takes
    membership.py    epochs, and draining what goes
    starting.py      how assigned partitions become lanes that read
    start.py         where a lane begins: pure
    reading.py       polls, and hands records to their lanes
    pace.py          how long to wait between two polls: pure
    commits.py       watermarks made durable, at least once
A lane
    lane_loop.py     the loop of one partition: the delivery promise
    lane.py          what it is about
    lane_maker.py    what it is made of
    standing.py      where it stands, and what holds it
    buffer.py        bounded by count and bytes
    scoring.py       one thread that scores the batches of all lanes
    budget.py        how many records may fail: pure
Delivery
    delivery.py      the one difference between the two guarantees
    outbox.py        at least once
    transactions.py  exactly once
    packing.py       what becomes of a batch as parcels that their topics take
    routing.py       which output partition a message goes to: pure
Said once
    trouble.py       what is wrong outside, logged once
    identity.py      who this worker is
    timing.py        every clock of the worker in one place
"""
