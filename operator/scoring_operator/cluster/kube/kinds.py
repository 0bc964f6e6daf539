"""The kinds that the operator reads or writes, and where the API server keeps them."""

from dataclasses import dataclass
from typing import Final

from scoring_operator.desired import naming
from scoring_service.contract.pipeline import GROUP, KIND, PLURAL, VERSION


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object."""

    name: str
    group: str
    version: str
    plural: str
    labels: str = naming.MANAGED_SELECTOR
    """Selects on the server what concerns us; empty: all."""

    @property
    def api_version(self) -> str:
        """`group/version`, or the version alone in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """Return the path of one object, or of the list of all in a namespace or everywhere."""
        parts = ["apis", self.group, self.version] if self.group else ["api", self.version]
        if namespace:
            parts += ["namespaces", namespace]
        return "/" + "/".join(filter(None, [*parts, self.plural, name, subresource]))


PIPELINE: Final = Kind(KIND, GROUP, VERSION, PLURAL, labels="")
POD: Final = Kind("Pod", "", "v1", "pods")
REPLICA_SET: Final = Kind("ReplicaSet", "apps", "v1", "replicasets")
CHILDREN: Final = (
    Kind("ServiceAccount", "", "v1", "serviceaccounts"),
    Kind("ConfigMap", "", "v1", "configmaps"),
    Kind("Service", "", "v1", "services"),
    Kind("NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies"),
    Kind("Deployment", "apps", "v1", "deployments"),
    Kind("PodDisruptionBudget", "policy", "v1", "poddisruptionbudgets"),
)
LEASE: Final = Kind("Lease", "coordination.k8s.io", "v1", "leases")
"""Ours is read, written and watched by its name alone."""
WATCHED: Final = (PIPELINE, *CHILDREN, REPLICA_SET, POD)
BY_NAME: Final = {kind.name: kind for kind in WATCHED}
PLURALS: Final = {kind.name: kind.plural for kind in (*WATCHED, LEASE)}
