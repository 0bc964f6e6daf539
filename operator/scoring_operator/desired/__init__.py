"""Desired state: one pure builder per Kubernetes kind. No client, clock, environment or kopf in here."""
