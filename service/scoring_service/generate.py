"""Seeded wallet records in the requirement's format: what demo, benchmarks and `scorer generate` feed on.

The same arguments give the same bytes: no clock, no environment, one seeded generator.
"""

from collections.abc import Callable, Iterator, Sequence
from math import log
from random import Random
from typing import Final, NamedTuple, TypeVar

_T = TypeVar("_T")

UNTIL: Final = 1_704_499_200
"""Unix seconds (2024-01-06T00:00:00Z) that all generated transactions lie before, unless told otherwise."""

SECONDS_PER_DAY: Final = 86_400
LONGEST_HISTORY_DAYS: Final = 720
MEAN_TRANSACTIONS: Final = 10
MAX_TRANSACTIONS: Final = 200
POOLS: Final = 800
SYNTHETIC_TOKENS: Final = 288

KNOWN_TOKENS: Final = (
    # symbol, decimals, US dollars
    ("WETH", 18, 2_250.0),
    ("USDC", 6, 1.0),
    ("USDT", 6, 1.0),
    ("WBTC", 8, 43_500.0),
    ("DAI", 18, 1.0),
    ("LINK", 18, 14.5),
    ("UNI", 18, 6.8),
    ("AAVE", 18, 105.0),
    ("FRAX", 18, 1.0),
    ("GUSD", 2, 1.0),
    ("PEPE", 18, 0.0000013),
    ("EURC", 6, 1.09),
)
"""The most traded first: tokens are drawn by rank."""

PROTOCOLS: Final = ("uniswap_v3", "uniswap_v2", "sushiswap", "curve", "balancer_v2")
ACTIONS: Final = ("swap",) * 12 + ("deposit",) * 5 + ("withdraw",) * 3
"""60 % swaps, 25 % deposits, 15 % withdrawals."""


class Generated(NamedTuple):
    """One record to produce."""

    key: bytes
    """The wallet's address, also where the value is invalid."""
    value: bytes


class _Token(NamedTuple):
    units_per_usd: float
    """Raw units, i.e. 10^decimals by price."""
    tail: str
    """The token's members that do not vary, as JSON."""


class _Pool(NamedTuple):
    tokens: tuple[_Token, _Token]
    members: str
    """protocol, poolId and poolName, as JSON."""


def wallets(
    count: int, seed: int = 0, *, transactions: int | None = None, invalid: float = 0.0, until: int = UNTIL
) -> Iterator[Generated]:
    """Yield `count` wallet records.

    Args:
        count: Records; each has a wallet of its own.
        seed: Other seeds give other wallets, pools and tokens.
        transactions: Per wallet; if None it varies around 10, from 1 to 200.
        invalid: Share of records that can never be scored, 0 to 1; their kinds take turns.
        until: Unix seconds that all transactions lie before.
    """
    random = Random(seed)
    pools = _pools(random)
    for _ in range(count):
        address = _hex(random, 40)
        broken = random.random() < invalid
        number = transactions or min(1 + int(random.expovariate(1 / (MEAN_TRANSACTIONS - 1))), MAX_TRANSACTIONS)
        value = _wallet(random, pools, address, number, until)
        if broken:
            value = random.choice(BREAKS)(value, address)
        yield Generated(address.encode(), value.encode())


def _wallet(random: Random, pools: Sequence[_Pool], address: str, number: int, until: int) -> str:
    """Return one wallet as JSON: a few pools of its own, a history of its own length, amounts of its own size."""
    own = [_ranked(random, pools) for _ in range(1 + number // 3)]
    span = random.randrange(1, LONGEST_HISTORY_DAYS) * SECONDS_PER_DAY
    size = random.gauss(log(400), 1.5)
    times = sorted(until - 1 - random.randrange(span) for _ in range(number))
    items = ",".join(_transaction(random, random.choice(own), address, time, size) for time in times)
    return f'{{"wallet_address":"{address}","data":[{{"protocolType":"dexes","transactions":[{items}]}}]}}'


def _transaction(random: Random, pool: _Pool, address: str, time: int, size: float) -> str:
    action = random.choice(ACTIONS)
    usd = round(random.lognormvariate(size, 1.0), 6)
    legs = pool.tokens if random.random() < 0.5 else pool.tokens[::-1]
    if action == "swap":
        # what comes out is worth a little less: fee and price impact
        pair = f'"tokenIn":{_leg(legs[0], usd)},"tokenOut":{_leg(legs[1], usd * random.uniform(0.98, 0.9995))}'
    else:
        share = random.random()
        pair = f'"token0":{_leg(pool.tokens[0], usd * share)},"token1":{_leg(pool.tokens[1], usd * (1 - share))}'
    return (
        f'{{"document_id":"{random.getrandbits(96):024x}","action":"{action}","timestamp":{time},"caller":"{address}",'
        f"{pool.members},{pair}}}"
    )


def _leg(token: _Token, usd: float) -> str:
    return f'{{"amount":{int(usd * token.units_per_usd)},"amountUSD":{round(usd, 6)},{token.tail}}}'


def _pools(random: Random) -> list[_Pool]:
    known = [(symbol, _token(random, symbol, decimals, price)) for symbol, decimals, price in KNOWN_TOKENS]
    tokens = known + [_synthetic_token(random, number) for number in range(SYNTHETIC_TOKENS)]
    return [_pool(random, tokens) for _ in range(POOLS)]


def _token(random: Random, symbol: str, decimals: int, price: float) -> _Token:
    return _Token(10**decimals / price, f'"address":"{_hex(random, 40)}","symbol":"{symbol}"')


def _synthetic_token(random: Random, number: int) -> tuple[str, _Token]:
    symbol = f"TKN{number:03d}"
    decimals = random.choices((18, 9, 8, 6), (85, 6, 4, 5))[0]
    return symbol, _token(random, symbol, decimals, random.lognormvariate(0.0, 2.5))


def _pool(random: Random, tokens: Sequence[tuple[str, _Token]]) -> _Pool:
    (symbol, token), (other_symbol, other) = _ranked(random, tokens), _ranked(random, tokens)
    fee = random.choice(("0.01", "0.05", "0.3", "1"))
    members = (
        f'"protocol":"{random.choice(PROTOCOLS)}","poolId":"{_hex(random, 40)}",'
        f'"poolName":"{symbol}/{other_symbol} {fee}%"'
    )
    return _Pool((token, other), members)


def _ranked(random: Random, items: Sequence[_T]) -> _T:
    """Return an item, the early ones far more often: few tokens and pools carry most of the trade."""
    return items[int(len(items) * random.random() ** 3)]


def _hex(random: Random, digits: int) -> str:
    return f"0x{random.getrandbits(4 * digits):0{digits}x}"


def _without_address(value: str, address: str) -> str:
    return value.replace(f'"wallet_address":"{address}"', '"wallet_address":null', 1)


def _with_short_address(value: str, address: str) -> str:
    return value.replace(address, address[:34], 1)


def _truncated(value: str, _: str) -> str:
    return value[: len(value) // 2]


def _lending(value: str, _: str) -> str:
    return value.replace('"dexes"', '"lending"', 1)


def _without_transactions(_: str, address: str) -> str:
    return f'{{"wallet_address":"{address}","data":[]}}'


def _without_numbers(value: str, _: str) -> str:
    return value.replace('"amountUSD":', '"amountUSD":NaN,"was":')


def _without_times(value: str, _: str) -> str:
    return value.replace('"timestamp":', '"timestamp":"soon","was":')


def _too_deep(value: str, _: str) -> str:
    return value.replace('"data":', f'"trace":{"[" * 5_000}{"]" * 5_000},"data":', 1)


BREAKS: Final[tuple[Callable[[str, str], str], ...]] = (
    _lending,
    _too_deep,
    _truncated,
    _with_short_address,
    _without_address,
    _without_numbers,
    _without_times,
    _without_transactions,
)
"""Ways in which real records are wrong; each leads to a failure record with its own reason or field."""
