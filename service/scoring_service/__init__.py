"""The data plane: reads records from Kafka, scores them, delivers scores and failures.

contract/   what the operator writes and this package reads: the only part that crosses over
scorers/    registry → one module per scorer → base: pure functions of rows and state
stream/     ports to the outside world, the aiokafka adapter, the in-process twin
codec.py    bytes ↔ rows and outcomes; bad input becomes a rejection here
revision.py which scorer serves; swap between two batches
worker.py   lanes: read, score, deliver, commit
http/       the ops listener: probes, metrics, status, read-only routes; the api listener: scores by request
app.py      composition root of one worker process
"""
