"""This machine as a cluster: processes instead of pods, directories instead of volumes, the same reconcile."""
