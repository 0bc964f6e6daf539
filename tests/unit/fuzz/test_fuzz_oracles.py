"""What judges the inputs is judged here: it must be able to say no."""

from random import Random

import pytest

from fuzz import plain
from fuzz.corpus import FINDINGS
from fuzz.finding import Finding, within, within_memory
from fuzz.judging import judge
from fuzz.mutation import Mutator, members, spans
from fuzz.progress import Progress, told, why
from fuzz.subjects import SUBJECTS
from fuzz.targets import crowded, yaml_documents
from fuzz.targets.record import TIMESTAMPS, HostileRecord
from harness.wallets import AS_OF, a_deposit, a_swap, a_token, a_wallet, encoded
from scoring_service.codec import ScoredBatch
from scoring_service.stream.ports import Message

SUBJECT = SUBJECTS["walletReputation"][0]
GOOD = HostileRecord(encoded(a_wallet(a_swap())), b"key", TIMESTAMPS[0], 0, 7)
BAD = GOOD._replace(value=b"{")
NOT_PLAIN = {
    "a key given twice": encoded(a_wallet(a_swap()))[:-1] + b',"data":[]}',
    "a number that is not finite": encoded(a_wallet(a_swap(float("nan")))),
    "a negative amount": encoded(a_wallet(a_swap(-1))),
    "an amount as text": encoded(a_wallet(a_swap("1"))),
    "a moment that is no whole second": encoded(a_wallet(a_swap(timestamp=0.5))),
    "a moment after that of scoring": encoded(a_wallet(a_swap(timestamp=AS_OF + 1))),
    "an unknown action": encoded(a_wallet(a_swap(action="stake"))),
    "a leg without an amount": encoded(a_wallet(a_swap(tokenIn=a_token(None)))),
    "nothing that counts": encoded(a_wallet(a_swap(), protocol_type="lending")),
    "no address": encoded(a_wallet(a_swap(), address="0x1")),
    "a lone surrogate": encoded(a_wallet(a_swap(poolId="\ud800"))),
    "no JSON": b"{",
    "deep nesting": b'{"a":' + b"[" * 300 + b"]" * 300 + b"}",
}


def scored(record: HostileRecord) -> ScoredBatch:
    return SUBJECT.batches.score_batch([record], "in", 3, None)


def with_value(batch: ScoredBatch, old: bytes, new: bytes) -> ScoredBatch:
    """Return the batch with something else written into its output."""

    def other(message: Message) -> Message:
        assert old in message.value
        return Message(message.key, message.value.replace(old, new), message.headers)

    return ScoredBatch([*map(other, batch.success)], [*map(other, batch.failures)], batch.rejected)


def test_what_the_codec_makes_of_records_is_as_promised():
    for record in (GOOD, BAD, GOOD._replace(value=None)):
        judge(SUBJECT, record, scored(record))


@pytest.mark.parametrize(
    ("record", "old", "new"),
    [
        (GOOD, b'"188.0', b'"187.0'),
        (GOOD, b'"188.0', b'"1188.0'),
        (GOOD, b'"score":65.0', b'"score":865.0'),
        (GOOD, b'"avg_swap_size_usd":1000.0', b'"avg_swap_size_usd":null'),
        (GOOD, b'"avg_swap_size_usd":1000.0', b'"avg_swap_size_usd":1e999'),
        (GOOD, b'"transaction_count":1', b'"transaction_count":2'),
        (GOOD, b'"tags":[', b'"tags":["' + b"x" * 5000 + b'",'),
        (BAD, b'"reason":"json_syntax"', b'"reason":"schema"'),
        (BAD, b'"wallet_address":null,', b""),
        (BAD, b'"error":"', b'"error":"\xff'),
    ],
)
def test_another_output_than_promised_is_a_finding(record, old, new):
    with pytest.raises(Finding):
        judge(SUBJECT, record, with_value(scored(record), old, new))


@pytest.mark.parametrize(
    "batch",
    [
        ScoredBatch(),
        ScoredBatch(success=scored(GOOD).success * 2),
        ScoredBatch(failures=scored(BAD).failures),
        ScoredBatch(failures=scored(BAD).failures, rejected={"new": 1}),
        ScoredBatch(success=[Message(b"other", m.value, m.headers) for m in scored(GOOD).success]),
        ScoredBatch(success=[Message(m.key, m.value, m.headers[1:]) for m in scored(GOOD).success]),
        ScoredBatch(failures=scored(GOOD._replace(value=b"{")).failures, rejected={"tombstone": 1}),
    ],
)
def test_another_outcome_than_one_is_a_finding(batch):
    with pytest.raises(Finding):
        judge(SUBJECT, BAD if batch.failures else GOOD, batch)


def test_a_plain_wallet_has_a_second_opinion():
    expected = plain.wallet(GOOD.value, AS_OF, {})

    assert expected == (188.0, 1)


@pytest.mark.parametrize("content", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_what_readers_may_understand_differently_has_none(content):
    assert plain.wallet(content, AS_OF, {}) is None


def test_what_takes_too_long_each_time_is_a_finding():
    with pytest.raises(Finding, match="processor time"):
        within(0.0, lambda: sum(range(1000)))


def test_what_takes_too_much_memory_is_a_finding():
    with pytest.raises(Finding, match="MB"):
        within_memory(1_000_000, lambda: bytearray(2_000_000))


def test_a_crowd_is_its_item_many_times_and_numbered():
    content, times = crowded.crowd(b"\1[\xff\xfe\xff]")

    assert (content, times) == (b"[" + b",".join(b"%d" % number for number in range(30)) + b"]", 30)


def test_a_file_that_says_far_more_than_its_size_is_a_finding():
    yaml_documents.judge([["x" * 90], {"k": "x" * 99_900}], 10)

    for found in (["x" * 101_000], [[1] * 101_000], [{"k": ["x" * 999] * 101}]):
        with pytest.raises(Finding, match="little more than its size"):
            yaml_documents.judge(found, 10)


def test_mutations_repeat_with_their_seed_and_keep_to_their_length():
    content = encoded(a_wallet(a_swap(), a_deposit()))
    mutator = Mutator((b"null", b"[" * 300))

    mutated = [mutator.mutated(content, 2000, Random(seed)) for seed in range(300)]

    assert mutated == [mutator.mutated(content, 2000, Random(seed)) for seed in range(300)]
    assert len(set(mutated)) > 200
    assert max(map(len, mutated)) <= 2000


def test_spans_are_values_and_brackets_with_all_between():
    content = b'{"a": [1, "]"]'

    assert [content[first:behind] for first, behind in spans(content, Random(0))] == [b'"a"', b"1", b'"]"', b'[1, "]"]']


def test_members_are_keys_with_all_of_their_value():
    content = b'{"a": [1, {"b":2}], "a" :"x"}'
    found = members(content, spans(content, Random(0)))

    assert [(content[k.first : k.behind], content[v.first : v.behind]) for k, v in found] == [
        (b'"a"', b'[1, {"b":2}]'),
        (b'"b"', b"2"),
        (b'"a"', b'"x"'),
    ]


def test_a_finding_comes_with_the_command_to_see_it_again():
    progress = Progress("record", 1)
    for line in (
        "#12\tNEW    cov: 7 ft: 9 corp: 3/9b",
        "inputs 20",
        "fuzz.finding.Finding: a promise",
        "==7== ERROR: libFuzzer: fuzz target exited",
        f"Test unit written to {FINDINGS}/record-crash-0",
    ):
        progress.hear(line)

    assert (progress.inputs, progress.edges, progress.corpus) == (20, 7, 3)
    assert why(progress) == "fuzz.finding.Finding: a promise"
    assert told(progress)[-1].endswith("-m fuzz.replay record build/fuzz/findings/record-crash-0")
