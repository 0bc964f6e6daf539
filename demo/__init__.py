"""The demo: the sample pipeline on a real Kafka, through the operator in local mode."""
