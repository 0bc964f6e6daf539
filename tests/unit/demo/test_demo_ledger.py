"""The demo's bookkeeping: it must notice what is lost, doubled or never sent."""

import json

from demo.ledger import Ledger, Outcome, Output


def an_output(source, revision="abc", at=0.0, **body):
    headers = {"scoring-source": source.encode(), "scoring-revision": revision.encode()}
    return Output(
        json.dumps({"wallet_address": "0x1", "zscore": "1.0", "reason": "schema"} | body).encode(), headers, at
    )


def test_what_went_in_and_came_out_is_not_lost():
    ledger = Ledger(sent={"in/0/0", "in/0/1"})

    ledger.scored(an_output("in/0/0"))
    ledger.failed(an_output("in/0/1", wallet_address=None))

    assert (ledger.lost, ledger.duplicates, ledger.foreign) == (0, 0, 0)
    assert (ledger.scores, ledger.failures) == (1, {"schema": 1})


def test_what_did_not_come_out_is_lost():
    ledger = Ledger(sent={"in/0/0", "in/0/1"})

    ledger.scored(an_output("in/0/0"))

    assert ledger.lost == 1


def test_what_came_out_twice_hides_no_loss():
    ledger = Ledger(sent={"in/0/0", "in/0/1"})

    ledger.scored(an_output("in/0/0"))
    ledger.scored(an_output("in/0/0"))

    assert (ledger.lost, ledger.duplicates) == (1, 1)


def test_what_was_never_sent_is_foreign():
    ledger = Ledger()

    ledger.scored(an_output("in/0/7"))

    assert ledger.foreign == 1


def test_the_first_output_of_a_revision_is_timed():
    ledger = Ledger()

    ledger.scored(an_output("in/0/0", "abc", at=3.0))
    ledger.scored(an_output("in/0/1", "abc", at=5.0))

    assert ledger.first_at == {"abc": 3.0}


def test_all_is_well_only_if_both_revisions_scored_and_nothing_is_missing():
    outcome = Outcome(Ledger(sent={"in/0/0", "in/0/1"}), before="abc", after="def")
    outcome.ledger.scored(an_output("in/0/0", "abc"))
    assert not outcome.is_good

    outcome.ledger.scored(an_output("in/0/1", "def"))
    assert outcome.is_good


def test_a_record_that_came_out_twice_is_not_well():
    outcome = Outcome(Ledger(sent={"in/0/0", "in/0/1"}), before="abc", after="def")
    for source, revision in (("in/0/0", "abc"), ("in/0/1", "def"), ("in/0/1", "def")):
        outcome.ledger.scored(an_output(source, revision))

    assert not outcome.is_good


def test_a_run_without_records_is_not_well():
    assert not Outcome(before="abc", after="def").is_good
