"""The aiokafka adapter: the only place that imports aiokafka."""
