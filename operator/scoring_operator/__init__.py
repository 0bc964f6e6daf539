"""The control plane: turns a ScoringPipeline into running, observed, correctly weighted scorer pods.

__main__.py    environment → OperatorConfig → app
app.py         wires everything, runs it, ends it
process.py     what a process is made of, what it is shown, how it is
handlers.py    kopf as informer only: passes every change on
health.py      /livez, /readyz, /metrics; canary.py, loop_lag.py and watches.py tell how it is
leading.py     what the leader does and a standby does not: a queue and a reconciler for one term
queue.py       one reconcile per key at a time, exponential back-off, requeue-after
reconcilers.py what a leader reconciles with, new for each term
reconcile.py   observe → plan → apply → prune → nudge → status, for one key
realise.py     the children's part of it
look.py        what one look at a pipeline begins with: what is remembered of it, time and chance
trouble.py     what goes wrong with the children in one reconcile
plan.py        pure: observed → decisions and facts
live_file.py   pure: what `scorer.json` says, as far as it may be believed
scope.py       pure: which release may act on a pipeline
replacing.py   pure: whether all pods must end before new ones start
drift.py       pure: whether a child must be written at all
cluster/       the port to a cluster, and its adapters: kube, local (processes), memory (twin), guarded (by a term)
fleet.py       reads the pods' /status
status.py      pure: facts → status
pace.py        pure: whether a change of status is worth a write
conditions/    pure: facts → conditions, with every reason
events/        what is told of transitions as Kubernetes Events
revisions.py   pure: what `scorer.json` should say next, and which pods need a nudge
lanes.py       pure: what the pods' reports say together about the input topic
desired/       one pure builder per Kubernetes kind
facts.py       what was observed, as values
election/      who of several processes may write: the holder of one Lease
metrics/       what is counted and exported, by a table that is the contract
"""
