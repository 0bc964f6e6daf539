"""The HTTP listeners of a worker."""
