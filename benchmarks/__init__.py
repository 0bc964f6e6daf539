"""Measurements that anyone can repeat: `make bench` runs them side by side on a real broker.

naive.py    what the scorer replaces: one record at a time, json, send_and_wait, commit
process.py  CPU time and memory of a worker process, read from /proc
backlog.py  records per CPU-second while a worker drains a backlog
steady.py   cores and latency at a fixed rate
report.py   the tables of docs/performance.md
requests.py, requests_on_kafka.py   what scoring by request costs the stream
peers/      `make bench-peers`: other ways to score a topic, beside the worker
operator/   `make bench-operator`: the operator with hundreds of pipelines, beside a plain kopf operator
"""
