"""What operator and worker agree on: two mounted files, one status report, one custom resource.

Nothing in here imports more than msgspec, a canonical-JSON encoder and a YAML reader, so that the operator can use it
without numpy, Kafka or HTTP.
"""
