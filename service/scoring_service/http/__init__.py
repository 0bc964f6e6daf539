"""The listeners of a worker.

serving.py     uvicorn in the worker's own event loop, without its signal handlers
listener.py    the ops listener: probes, metrics, status, and the documented read-only routes. No keys, no writes
prompt.py      answers that wait for scoring once
ops.py         what the operator, the kubelet and Prometheus ask
documented.py  the routes that users of the first scoring server know, in its shapes
api/           the api listener: scores by request, for clients with a key
"""
