"""A real Kubernetes cluster behind the port: server-side apply, and a cache that watches feed."""
