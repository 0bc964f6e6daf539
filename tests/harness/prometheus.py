"""A real Prometheus beside the cluster, which finds pods as the Prometheus Operator would have it by our monitors."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from harness.state import HERE, Missing, state

Json = dict[str, Any]
STARTED_WITHIN_S: Final = 30.0
LISTENS: Final = re.compile(r'"Listening on".* address=(\S+)')


class Prometheus:
    """One that runs."""

    def __init__(self, url: str) -> None:
        self._url = url

    def query(self, expression: str) -> list[Json]:
        """Return the series of an instant query.

        Raises:
            RuntimeError: It is none; the text is what Prometheus says.
        """
        found: list[Json] = self._get("query", query=expression)["result"]
        return found

    def targets(self) -> list[Json]:
        """Return what it scrapes: labels, health, and the last error."""
        found: list[Json] = self._get("targets", state="active")["activeTargets"]
        return found

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        return {one["labels"]["alertname"] for one in self._alerts() if one["state"] == "firing"}

    def said(self, alert: str, annotation: str) -> set[str]:
        """Return what an alert that fires or is about to has in an annotation."""
        return {one["annotations"][annotation] for one in self._alerts() if one["labels"]["alertname"] == alert}

    def is_up(self) -> bool:
        """Tell whether it answers: it listens before it has read its data, and refuses until then."""
        try:
            self._get("status/buildinfo")
        except (OSError, RuntimeError):
            return False
        return True

    def _alerts(self) -> list[Json]:
        found: list[Json] = self._get("alerts")["alerts"]
        return found

    def _get(self, what: str, **parameters: str) -> Json:
        url = f"{self._url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own, by http
                found: Json = json.load(answer)["data"]
                return found
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{parameters}: {error.read().decode()}") from error


def scrape_config(monitor: Json, kubeconfig: Path) -> Json:
    """Return what a PodMonitor of one endpoint means, as the Prometheus Operator writes it."""
    spec, meta = monitor["spec"], monitor["metadata"]
    (endpoint,) = spec["podMetricsEndpoints"]
    return {
        "job_name": f"{meta['namespace']}/{meta['name']}",
        "honor_labels": endpoint["honorLabels"],
        "metrics_path": endpoint["path"],
        "scrape_interval": endpoint["interval"],
        "scrape_timeout": endpoint["interval"],
        "sample_limit": spec["sampleLimit"],
        "kubernetes_sd_configs": [
            {
                "role": "pod",
                "kubeconfig_file": str(kubeconfig),
                "namespaces": {"names": spec["namespaceSelector"]["matchNames"]},
            }
        ],
        "relabel_configs": [
            *_kept(spec["selector"], endpoint["port"]),
            *_copied(namespace="namespace", container="pod_container_name", pod="pod_name"),
            *({_snake(name): value for name, value in step.items()} for step in endpoint["relabelings"]),
        ],
    }


def _kept(selector: Json, port: str) -> Iterator[Json]:
    for name, value in selector.get("matchLabels", {}).items():
        yield _keep(f"pod_label_{_label(name)}", re.escape(value))
    for expression in selector.get("matchExpressions", ()):
        assert expression["operator"] == "Exists"
        yield _keep(f"pod_labelpresent_{_label(expression['key'])}", "true")
    yield _keep("pod_container_port_name", port)


def _keep(source: str, regex: str) -> Json:
    return {"action": "keep", "source_labels": [f"__meta_kubernetes_{source}"], "regex": regex}


def _copied(**sources: str) -> Iterator[Json]:
    for target, source in sources.items():
        yield {"source_labels": [f"__meta_kubernetes_{source}"], "target_label": target}


def _label(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", name)


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)


def _binary() -> Path:
    module = (HERE / "go/prometheus/go.mod").read_text()
    (version,) = re.findall(r"^(?:require)?\s*github.com/prometheus/prometheus v(\S+)$", module, re.M)
    return state() / f"prometheus-{version}" / "prometheus"


@contextmanager
def running(scrapes: Sequence[Json], rules: Json, folder: Path) -> Iterator[Prometheus]:
    """Yield a Prometheus with its data in a folder.

    Raises:
        Missing: It was not built.
    """
    binary = _binary()
    if not binary.exists():
        raise Missing("no Prometheus: build it with tests/harness/build.sh prometheus (Linux and Go)")
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": rules["spec"]["groups"]}))
    configuration = {
        "global": {"evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": list(scrapes),
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
    command = [binary, "--config.file=prometheus.yaml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:0"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            yield _started(process, folder / "log")
        finally:
            process.terminate()
            process.wait()


def _started(process: "subprocess.Popen[bytes]", log: Path) -> Prometheus:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        said = LISTENS.search(log.read_text())
        if said and (prometheus := Prometheus(f"http://{said[1]}")).is_up():
            return prometheus
        time.sleep(0.1)
    raise RuntimeError(f"Prometheus does not run: {log.read_text()[-2000:]}")
