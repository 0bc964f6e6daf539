"""What a release lets pipelines name: images, and by namespace brokers, topics and Secrets, on a real API server."""

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
from kubernetes.client.exceptions import ApiException

from harness import rendering
from harness.apiserver import Apiserver
from harness.pipelines import a_manifest
from harness.prerequisites import needed
from harness.stage import Api, Manifest, until
from scoring_operator.api import crd

pytestmark = pytest.mark.apiserver

MERGE = "application/merge-patch+json"
PIPELINES = "scoring.dev/v1alpha1/scoringpipelines"
IMAGE, BROKERS, TOPICS, SECRETS = (
    "spec.pod.image: use an image of",
    "spec.kafka.bootstrapServers: use the brokers that this namespace is allowed",
    "spec.input.topic, spec.output: use the topics that this namespace is allowed",
    "spec.kafka.tls, spec.kafka.sasl, spec.api.keysSecret: use the Secrets that this namespace is allowed",
)


class Place(NamedTuple):
    """Two namespaces of one cluster, and who makes pipelines there."""

    shop: Api
    bank: Api
    server: Apiserver


@pytest.fixture
def place(apiserver: Apiserver, kubeconfig: str) -> Iterator[Place]:
    names = [f"{stem}-{uuid.uuid4().hex[:8]}" for stem in ("shop", "bank")]
    for name in names:
        apiserver.kubectl("create", "namespace", name)
    shop, bank = (Api(kubeconfig, name) for name in names)
    yield Place(shop, bank, apiserver)
    for api in (shop, bank):
        api.close()
        apiserver.kubectl("-n", api.namespace, "delete", "scoringpipelines", "--all", "--wait=false")
        apiserver.kubectl("delete", "namespace", api.namespace, "--wait=false")


@asynccontextmanager
async def limited(place: Place, forbidden: Manifest, **values: Any) -> AsyncIterator[None]:
    """Have the policies of a release in `shop` hold; `forbidden` is a spec that they refuse there."""
    with needed():
        made = rendering.rendered(namespace=place.shop.namespace, **values)
    items = [one for one in made if one["metadata"]["name"].endswith((".images", ".tenants"))]
    here = {
        "key": "kubernetes.io/metadata.name",
        "operator": "In",
        "values": [place.shop.namespace, place.bank.namespace],
    }
    for binding in (one for one in items if one["kind"].endswith("Binding")):  # others share this server
        binding["spec"]["matchResources"] = {"namespaceSelector": {"matchExpressions": [here]}}
    policies = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    place.server.kubectl("apply", "-f", "-", stdin=policies)

    async def holds() -> bool:
        """The policy, which begins to hold a moment after it was made."""
        return bool(await asked(place.shop, **forbidden))

    try:
        await until(holds, within_s=60)
        yield
    finally:
        place.server.kubectl("delete", "-f", "-", stdin=policies)


async def asked(who: Api, /, **spec: Any) -> str:
    """Ask for a pipeline, which is not made; return why it is refused, empty if it is not."""
    return await sent(who, "POST", f"{PIPELINES}?dryRun=All", named("asked", **spec))


async def sent(api: Api, verb: str, path: str, body: Manifest, kind: str = "application/json") -> str:
    try:
        await api.call(verb, path, body, kind)
    except ApiException as error:
        return str(json.loads(error.body)["message"])
    return ""


def named(name: str, **spec: Any) -> Manifest:
    return a_manifest(**spec) | {"metadata": {"name": name}}


def pod(image: str) -> Manifest:
    return {"pod": {"image": image}}


class TestImages:
    ALLOWED = ("r.example/scoring/*", "r.example/own:1", "*@sha256:" + "0" * 64)

    @pytest.mark.parametrize("scope", ["Namespace", "Cluster"])
    async def test_an_image_is_one_of_the_allowed_ones(self, place: Place, scope: str) -> None:
        async with limited(
            place,
            pod("r.example/evil:1"),
            workers__allowedImages=self.ALLOWED,
            workers__image="own/service:2",
            scope=scope,
        ):
            for image in (
                "r.example/scoring/service:1",
                "r.example/scoring/team/service@sha256:" + "1" * 64,
                "r.example/own:1",
                "other.example/any@sha256:" + "0" * 64,
                "own/service:2",
            ):
                assert await asked(place.shop, **pod(image)) == "", image
            for image in (
                "r.example/own:12",
                "r.example/own",
                "rXexample/scoring/service:1",
                "evil.example/r.example/scoring/service:1",
                "r.example/scoring-evil/service:1",
                "scoring-operator/service:0.1.0",
            ):
                assert IMAGE in await asked(place.shop, **pod(image)), image
            assert await asked(place.shop) == ""
            assert bool(await asked(place.bank, **pod("r.example/evil:1"))) == (scope == "Cluster")

    async def test_a_pipeline_that_is_there_is_judged_when_its_spec_changes(self, place: Place) -> None:
        path = f"{PIPELINES}/before"
        await place.shop.call("POST", PIPELINES, named("before", **pod("r.example/evil:1")))

        async with limited(place, pod("r.example/evil:1"), workers__allowedImages=["r.example/own:*"]):
            assert await sent(place.shop, "PATCH", path, {"metadata": {"labels": {"a": "b"}}}, MERGE) == ""
            assert IMAGE in await sent(place.shop, "PATCH", path, {"spec": {"suspend": True}}, MERGE)
            assert await sent(place.shop, "PATCH", path, {"spec": pod("r.example/own:1")}, MERGE) == ""


TLS = {"caSecret": {"name": "ca", "key": "ca.crt"}, "clientSecret": {"name": "client"}}


def kafka(**parts: Any) -> Manifest:
    return {"kafka": {"bootstrapServers": ["kafka-0.kafka.svc:9093"], **parts}}


def ours(topic: str = "shop.in", success: str = "shop.out", failure: str = "shop.bad", **more: str) -> Manifest:
    return {"input": {"topic": topic}, "output": {"successTopic": success, "failureTopic": failure, **more}}


class TestTenants:
    LIMITS = {"brokers": ["kafka-*.kafka.svc:9093"], "topics": ["shop.*", "rates"], "secrets": ["kafka-*"]}

    @staticmethod
    def spec(**parts: Any) -> Manifest:
        """Return parts of a spec that keeps to `LIMITS` but for these."""
        return {**kafka(), **ours(), **parts}

    @pytest.fixture
    async def limits(self, place: Place) -> AsyncIterator[Place]:
        tenants = {place.shop.namespace: self.LIMITS, "*": {"topics": []}}
        forbidden = self.spec(**ours(topic="bank.in"))
        async with limited(place, forbidden, tenants=tenants, scope="Cluster"):
            yield place

    async def test_what_keeps_to_the_limits_is_let_through(self, limits: Place) -> None:
        sasl = {"plain": {"secret": {"name": "kafka-user"}}}
        tls = {"caSecret": {"name": "kafka-ca", "key": "ca.crt"}, "clientSecret": {"name": "kafka-client"}}

        for spec in (
            self.spec(),
            self.spec(**ours(topic="rates", deadLetterTopic="shop.dead")),
            self.spec(**kafka(tls=tls, sasl=sasl), api={"keysSecret": {"name": "kafka-keys"}}),
        ):
            assert await asked(limits.shop, **spec) == ""

    @pytest.mark.parametrize(
        ("parts", "words"),
        [
            (kafka(bootstrapServers=["kafka-0.kafka.svc:9093", "evil.example:9093"]), BROKERS),
            (kafka(bootstrapServers=["kafka-0.kafka.svc:9092"]), BROKERS),
            (kafka(bootstrapServers=["kafka-0.kafka.svc.evil.example:9093"]), BROKERS),
            (ours(topic="bank.in"), TOPICS),
            (ours(topic="shopXin"), TOPICS),
            (ours(success="bank.out"), TOPICS),
            (ours(failure="bank.bad"), TOPICS),
            (ours(deadLetterTopic="bank.dead"), TOPICS),
            (kafka(tls={"caSecret": TLS["caSecret"]}), SECRETS),
            (kafka(tls={"clientSecret": TLS["clientSecret"]}), SECRETS),
            (kafka(tls={}, sasl={"plain": {"secret": {"name": "bank"}}}), SECRETS),
            (kafka(sasl={"scram": {"mechanism": "SCRAM-SHA-256", "secret": {"name": "bank"}}}), SECRETS),
            ({"api": {"keysSecret": {"name": "bank"}}}, SECRETS),
        ],
    )
    async def test_what_does_not_is_refused_by_its_field(self, limits: Place, parts: Manifest, words: str) -> None:
        assert words in await asked(limits.shop, **self.spec(**parts))

    async def test_who_has_no_entry_has_that_of_all_others(self, limits: Place) -> None:
        assert TOPICS in await asked(limits.bank, **self.spec())

    async def test_who_has_none_at_all_is_not_limited(self, place: Place) -> None:
        tenants = {place.shop.namespace: {"topics": ["shop.*"]}}
        async with limited(place, ours(topic="bank.in"), tenants=tenants, scope="Cluster"):
            assert await asked(place.bank, **ours(topic="anything"), **kafka(tls=TLS)) == ""
            assert await asked(place.shop, **ours(), **kafka(tls=TLS)) == ""


def test_every_field_that_names_a_topic_or_a_secret_is_limited() -> None:
    """A field that is new fails here until the policy judges it."""
    with needed():
        made = rendering.objects(tenants={"shop": {"topics": []}})
    (policy,) = (one for (kind, name), one in made.items() if name.endswith(".tenants") and kind.endswith("Policy"))
    judged = json.dumps(policy["spec"]["validations"]).replace("?", "")

    named = {path for path in fields(crd.schema(), "object") if path.endswith(("Topic", ".topic", "ecret.name"))}

    assert len(named) == 9
    assert {path for path in named if path not in judged} == set()


def fields(schema: crd.Schema, path: str) -> Iterator[str]:
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}.{name}"
        yield from fields(inner, f"{path}.{name}")
