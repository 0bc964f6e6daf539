"""The peers' workers: each runs in an environment of its own, and scores with our core, as its framework would have it.

core.py            the start-up file and the scoring core, the same for all
confluent.py       confluent-kafka, by hand
quix.py            Quix Streams
bytewax.py         Bytewax
faust.py           Faust-streaming
faststream.py      FastStream
default_malloc.py  our worker without its malloc settings
"""
