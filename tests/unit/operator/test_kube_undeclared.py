"""What an API server with an older definition says of an object, and what is left of it."""

import pytest

from scoring_operator.cluster.kube import undeclared

ONE = (
    "failed to create typed patch object (shop/wallets; scoring.dev/v1alpha1, Kind=ScoringPipeline): "
    ".status.controller: field not declared in schema"
)
TWO = (
    "failed to create typed patch object (shop/wallets; scoring.dev/v1alpha1, Kind=ScoringPipeline): errors:\n"
    "  .status.controller: field not declared in schema\n"
    "  .status.revision.candidate: field not declared in schema"
)
IN_A_LIST = '.status.conditions[type="Ready"].since: field not declared in schema'


@pytest.mark.parametrize(
    ("message", "paths"),
    [
        (ONE, (("status", "controller"),)),
        (TWO, (("status", "controller"), ("status", "revision", "candidate"))),
        (IN_A_LIST, (("status", "conditions"),)),
        ("etcdserver: mvcc: database space exceeded", ()),
    ],
)
def test_each_field_that_is_named_is_found(message: str, paths: tuple[undeclared.Path, ...]) -> None:
    assert undeclared.fields(message) == paths


def test_only_what_is_named_is_left_out() -> None:
    status = {"controller": "a/b", "revision": {"serving": "1", "candidate": "2"}, "image": "x"}

    left = undeclared.without({"kind": "ScoringPipeline", "status": status}, undeclared.fields(TWO))

    assert left == {"kind": "ScoringPipeline", "status": {"revision": {"serving": "1"}, "image": "x"}}


def test_a_field_that_is_not_there_changes_nothing() -> None:
    manifest = {"status": {"image": "x"}}

    assert undeclared.without(manifest, [("status", "revision", "candidate"), ("spec",)]) == manifest
