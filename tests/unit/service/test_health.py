"""Probes: what restarts a pod, and what takes it out of service."""

import pytest

from scoring_service.health import Health


@pytest.mark.parametrize(("silent_s", "is_well"), [(0.0, True), (30.0, True), (30.1, False)])
def test_live_means_that_the_watchdog_ticked_within_thirty_seconds(silent_s: float, is_well: bool) -> None:
    assert Health(ticked_at=100.0).liveness(100.0 + silent_s).is_well is is_well


@pytest.mark.parametrize(
    ("has_scorer", "has_joined", "is_draining", "reason"),
    [
        (True, True, False, ""),
        (False, True, False, "no revision of the scorer builds and passes its golden cases"),
        (True, False, False, "has not joined the consumer group yet"),
        (True, True, True, "draining before it stops"),
    ],
)
def test_ready_means_a_scorer_and_a_group_and_no_drain(
    has_scorer: bool, has_joined: bool, is_draining: bool, reason: str
) -> None:
    verdict = Health(0.0, has_scorer, has_joined, is_draining).readiness()

    assert (verdict.is_well, verdict.reason) == (reason == "", reason)
