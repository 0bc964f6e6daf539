"""The worker beside its peers, on one broker, with one scoring core and one input: `make bench-peers`.

contestants.py     who takes part, with the settings that the tables state
environments.toml  what each environment holds    environments.py  makes them, outside the project's own
crc.py             shows that the hardware's checksum is in use
flow.py            records with keys of their own, and when their outputs become visible
verify.py          outputs equal to inputs in number, and to our scores to the last bit
rate.py            cores and latency at a fixed rate
faults.py          how long partitions are silent after SIGKILL and SIGTERM
run.py             everything in turns               tables.py, chart.py   what is written of it
soak.py            `make bench-soak`: memory while idle, and over ten minutes of work
programs/          the peers' workers
"""
