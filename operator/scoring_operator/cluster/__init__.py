"""The only way to a cluster: `port` is the seam; `kube`, `local` and `memory` stand behind it."""
