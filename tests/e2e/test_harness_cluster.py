"""The cluster that tests get runs pods, restricted ones too, and pods reach Kafka."""

import json
from typing import Any

import pytest

from harness import topics
from harness.cluster import SERVICE_IMAGE, Cluster
from harness.kafka import Broker

pytestmark = [pytest.mark.cluster, pytest.mark.kafka]
PRODUCE = """
import asyncio, os, sys
from aiokafka import AIOKafkaProducer

async def main(bootstrap, topic):
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait(topic, f"uid {os.getuid()}".encode())
    try:
        open("/app/written", "w")
    except OSError as refused:
        print(refused.strerror)

asyncio.run(main(*sys.argv[1:]))
"""


def a_restricted_pod(name: str, *command: str) -> dict[str, Any]:
    security = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {
        "name": "main",
        "image": SERVICE_IMAGE,
        "imagePullPolicy": "Never",
        "command": list(command),
        "securityContext": security,
    }
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 1,  # Python as process 1 ignores SIGTERM unless told otherwise
        "containers": [container],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


async def test_a_restricted_pod_of_the_service_image_reaches_kafka(cluster: Cluster, kafka: Broker) -> None:
    assert kafka.pod_bootstrap, "the broker has no listener for pods"
    topic = topics.unique("harness-pod")
    await topics.create(kafka.bootstrap, topic)

    with cluster.namespace("harness") as namespace:
        cluster.apply(namespace, a_restricted_pod("writer", "python", "-c", PRODUCE, kafka.pod_bootstrap, topic))
        (record,) = await topics.read_at_least(kafka.bootstrap, topic, 1, within_s=60)
        cluster.kubectl(
            "-n", namespace, "wait", "pod/writer", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=30s"
        )
        said = cluster.kubectl("-n", namespace, "logs", "writer")

    assert record.value == b"uid 65532"
    assert said.strip() == "Read-only file system"


def test_a_pod_that_is_not_restricted_is_refused(cluster: Cluster) -> None:
    pod = a_restricted_pod("root", "true")
    pod["spec"]["containers"][0]["securityContext"] = {"runAsUser": 0}

    with cluster.namespace("harness") as namespace, pytest.raises(RuntimeError, match="violates PodSecurity"):
        cluster.apply(namespace, pod)


def test_a_pod_is_reached_by_the_name_of_its_service(cluster: Cluster) -> None:
    with cluster.namespace("harness") as namespace:
        server = a_restricted_pod("server", "python", "-m", "http.server", "8080", "--directory", "/app")
        server["metadata"]["labels"] = {"app": "server"}
        service = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "files"},
            "spec": {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8080}]},
        }
        fetch = f"""
import time, urllib.request, urllib.error
for attempt in range(100):
    try:
        print(urllib.request.urlopen("http://files.{namespace}.svc.cluster.local", timeout=2).status)
        break
    except urllib.error.URLError:
        time.sleep(0.2) # a Service works up to a second after its pod is ready
"""
        cluster.apply(namespace, service, server, a_restricted_pod("client", "python", "-c", fetch))
        cluster.kubectl(
            "-n", namespace, "wait", "pod/client", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s"
        )

        assert cluster.kubectl("-n", namespace, "logs", "client").strip() == "200"
        assert "scoring_service" in cluster.http(namespace, "server", 8080, "/")
        assert json.loads(cluster.kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"].startswith("v1.36.")
