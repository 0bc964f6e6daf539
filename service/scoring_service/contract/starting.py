"""What a person writes → what a worker starts from."""

from msgspec import UNSET, UnsetType

from scoring_service.contract.durations import milliseconds
from scoring_service.contract.spec import (
    Api,
    Delivery,
    FailureBudget,
    Input,
    Output,
    PipelineSpec,
    Sasl,
    SecretName,
    Tls,
    Warmup,
)
from scoring_service.contract.startup import (
    Mechanism,
    Startup,
    StartupApi,
    StartupDelivery,
    StartupFailureBudget,
    StartupInput,
    StartupOutput,
    StartupSasl,
    StartupSecretKey,
    StartupTls,
    StartupWarmup,
)


def startup(namespace: str, name: str, group: str, spec: PipelineSpec) -> Startup:
    """Return what a worker of that pipeline starts from; `group` is already defaulted, the spec keeps the rules."""
    return Startup(
        namespace=namespace,
        pipeline=name,
        bootstrap_servers=spec.kafka.bootstrap_servers,
        input=_input(spec.input, group),
        output=_output(spec.output),
        delivery=_delivery(spec.delivery),
        tls=_tls(spec.kafka.tls),
        sasl=_sasl(spec.kafka.sasl),
        api=_api(spec.api),
    )


def _input(given: Input, group: str) -> StartupInput:
    return StartupInput(
        topic=given.topic,
        group=group,
        start_from=given.start_from,
        on_offsets_lost=given.on_offsets_lost,
        warmup=_warmup(given.warmup),
    )


def _warmup(given: Warmup | None) -> StartupWarmup | UnsetType:
    if given is None:
        return UNSET
    return StartupWarmup(records=given.records, duration_ms=milliseconds(given.duration))


def _output(given: Output) -> StartupOutput:
    return StartupOutput(
        success_topic=given.success_topic,
        failure_topic=given.failure_topic,
        dead_letter_topic=given.dead_letter_topic,
    )


def _delivery(given: Delivery) -> StartupDelivery:
    return StartupDelivery(
        guarantee=given.guarantee,
        max_latency_ms=milliseconds(given.max_latency),
        session_timeout_ms=milliseconds(given.session_timeout),
        transaction_interval_ms=milliseconds(given.transaction_interval),
        failure_budget=_budget(given.failure_budget),
    )


def _budget(given: FailureBudget | None) -> StartupFailureBudget | None:
    if given is None:
        return None
    return StartupFailureBudget(percent=given.percent, window_ms=milliseconds(given.window), reasons=given.reasons)


def _tls(given: Tls | None) -> StartupTls | None:
    if given is None:
        return None
    ca, client = given.ca_secret, given.client_secret
    return StartupTls(
        ca=StartupSecretKey(name=ca.name, key=ca.key) if ca else None,
        certificate=StartupSecretKey(name=client.name, key="tls.crt") if client else None,
        private_key=StartupSecretKey(name=client.name, key="tls.key") if client else None,
    )


def _sasl(given: Sasl | None) -> StartupSasl | None:
    if given is not None and given.scram is not None:
        return _password(given.scram.mechanism, given.scram.secret)
    if given is not None and given.plain is not None:
        return _password("PLAIN", given.plain.secret)
    return None


def _password(mechanism: Mechanism, secret: SecretName) -> StartupSasl:
    return StartupSasl(
        mechanism=mechanism,
        username=StartupSecretKey(name=secret.name, key="username"),
        password=StartupSecretKey(name=secret.name, key="password"),
    )


def _api(given: Api | None) -> StartupApi | None:
    if given is None:
        return None
    return StartupApi(
        keys_secret=given.keys_secret.name,
        requests_per_second=given.rate_limit.per_second,
        burst=given.rate_limit.burst,
        max_body_bytes=given.max_body_bytes,
        admin=given.admin,
    )
