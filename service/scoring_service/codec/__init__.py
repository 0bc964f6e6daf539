"""Records in, output messages out: one call per batch, pure but for the clock that it is given.

Bad input is data here: whatever the bytes, a record ends as a score, a failure with a reason, or absorbed.

    batches = BatchScorer(scorer, Signature("shop/wallets", block.revision, "0.1.0"))
    state = scorer.start()
    scored = batches.score_batch(records, topic, partition, state)      # in a scoring thread
    ...                                                                 # deliver scored.success, scored.failures
    state = scored.state                                                # current only once delivered
"""

from scoring_service.codec.batch import BatchScorer, Clock, ScoredBatch
from scoring_service.codec.messages import Signature, as_of_header, reason_of
from scoring_service.codec.sequence import Lone, lone, one_by_one

__all__ = [
    "BatchScorer",
    "Clock",
    "Lone",
    "ScoredBatch",
    "Signature",
    "as_of_header",
    "lone",
    "one_by_one",
    "reason_of",
]
