"""The control plane: turns a ScoringPipeline into running, observed, correctly weighted scorer pods.

handlers.py    kopf as informer only: every change becomes a key on the queue
queue.py       one reconcile per key at a time, exponential back-off, requeue-after
reconcile.py   observe → plan → apply → prune → status, for one key
desired/       one pure builder per Kubernetes kind
revisions.py   pure: what `scorer.json` should say next, and which pods need a nudge
status.py      pure: facts → conditions
cluster/       the port to a cluster, and its adapters: kube, local (processes), memory (twin)
fleet.py       reads the pods' /status
"""
