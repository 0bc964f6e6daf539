"""The ops listener of a worker: probes, metrics, status, and the documented read-only routes. No keys, no writes.

listener.py    uvicorn in the worker's own event loop, without its signal handlers
prompt.py      answers that wait for scoring once
ops.py         what the operator, the kubelet and Prometheus ask
documented.py  the routes that users of the first scoring server know, in its shapes
"""
