"""Which one of several operator processes may write: the holder of one Lease, for as long as it knows to be it.

record.py      what a Lease says, and the terms on which it is held
rule.py        pure: observed Leases and monotonic time → what a candidate does next, and until when it leads
term.py        one stretch of leading: over for good once its time has run out
port.py        the seam to the Lease; memory.py is its twin
candidate.py   the shell: asks, writes, waits, and begins and ends terms as the rule says
serving.py     work that begins and ends with terms

Why nobody else leads while somebody does. A holder leads until `renew_deadline_s` after it *sent* its last renewal that
got through. Another candidate claims the Lease `duration_s` after it *saw* that renewal at the earliest, which is
after it was sent, and its claim names the version that it saw, so it fails if there has been another renewal. No clock
but each process's own monotonic one has a part in it: clocks may be wrong by hours, they must only run at the same
rate, to within duration : renew_deadline.
"""
