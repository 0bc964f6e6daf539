"""Pieces that inputs are mutated with: what has broken readers of JSON and YAML before, and the words of our formats.

Very long pieces are left to `targets.crowded`: they would slow down everything else.
"""

from collections.abc import Iterator
from typing import Any, Final

from harness import wallets

NUMBERS: Final = (
    b"0", b"-0", b"-1", b"1.5", b"0.1", b"1e5", b"1E+2", b"01", b"1.", b".5", b"-", b"+1", b"1e", b"1e999", b"-1e999",
    b"1e-999", b"5e-324", b"1.7976931348623157e308", b"9007199254740993", b"9223372036854775808",
    b"18446744073709551616", b"115792089237316195423570985008687907853269984665640564039457584007913129639935",
    b"9" * 309, b"1" + b"0" * 400, b"9" * 4301, b"NaN", b"Infinity", b"-Infinity", b"nan", b"1703980800",
    b"1703980800000", b"1704499200.5", b"100000000000", b"100000000001", b"1e11", b"0x10", b"1_000",
)  # fmt: skip
STRINGS: Final = (
    b'""', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\ud83d\\ude00"', b'"\\u0000"', b'"\x00"', b'"\n"', b'"\xff"',
    b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\\x"', b'"\\u12"', b'"\\"', b'"', b"'a'",
    b'"\xc3\xa9"', b'"' + b"x" * 300 + b'"', b'"2023-12-31T00:00:00Z"', b'"2023-12-31"',
    b'"9999-12-31T23:59:59+23:59"', b'"0001-01-01"', b'"1703980800"', b'"1e5"', b'"soon"', b'"NaN"', b'"50ms\\n"',
    b'"a\\n"', b'"a b"', b'"0x742d35Cc6634C0532925a3b8D4C9db96590e4265"', b'"0x' + b"0" * 39 + b'"',
    b'"0x' + b"f" * 41 + b'"',
)  # fmt: skip
WHOLES: Final = (
    b"null", b"true", b"false", b"nul", b"[]", b"{}", b"[[]]", b"[{}]", b"[null]", b'{"":1}', b'{"a":1,"a":2}',
    b"[1,]", b'{"a":1,}', b"[1 2]", b"{1:2}", b"// c\n1", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b" ", b"\t", b"\r\n",
    b"\xe2\x80\xa8", b"[" * 50 + b"]" * 50, b"[" * 1_001 + b"]" * 1_001, b'{"a":' * 300 + b"1" + b"}" * 300,
    b"[" * 3_000, b'{"a":' * 1_001, b",", b":", b"[", b"]", b"{", b"}",
)  # fmt: skip
JSON: Final = NUMBERS + STRINGS + WHOLES


def _quoted(*words: str) -> tuple[bytes, ...]:
    return tuple(b'"%b"' % word.encode() for word in words)


def _pieces() -> Iterator[Any]:
    yield wallets.a_swap(document_id="s")
    yield wallets.a_deposit(document_id="d")
    yield wallets.a_withdraw(document_id="w")
    yield wallets.a_token()
    yield wallets.a_wallet()
    yield from wallets.a_wallet(wallets.a_swap(), protocol_type="lending")["data"]
    yield {"document_id": "", "action": "swap", "timestamp": 1, "tokenIn": {"amountUSD": 1}}


WALLET_KEYS: Final = _quoted(
    "wallet_address", "data", "as_of", "protocolType", "transactions", "document_id", "action", "timestamp", "poolId",
    "caller", "tokenIn", "tokenOut", "token0", "token1", "amountUSD", "symbol", "amount",
)  # fmt: skip
WALLET: Final = (
    WALLET_KEYS
    + _quoted("dexes", "lending", "swap", "deposit", "add_liquidity", "mint", "withdraw", "remove_liquidity", "burn")
    + _quoted("stake", "USDC", "DAI", "WETH", "é")
    + tuple(map(wallets.encoded, _pieces()))
)

CONTRACT: Final = (
    *_quoted(
        "contractVersion",
        "serving",
        "proposed",
        "goldenCases",
        "inputs",
        "expect",
        "asOf",
        "min",
        "max",
        "member",
        "parameters",
        "walletReputation",
        "variant",
        "zeru-v1",
        "reputation-v2",
        "seed-readme",
    ),
    *_quoted(
        "weights",
        "liquidityProvision",
        "trading",
        "categories",
        "split",
        "merged",
        "strict",
        "zscoreDecimals",
        "topReasons",
    ),
    *_quoted("namespace", "pipeline", "bootstrapServers", "input", "output", "topic", "group", "startFrom", "earliest"),
    *_quoted(
        "latest", "successTopic", "failureTopic", "delivery", "guarantee", "AtLeastOnce", "maxLatencyMs", "opsPort"
    ),
    *_quoted(
        "apiVersion", "scoring.dev/v1alpha1", "kind", "ScoringPipeline", "metadata", "name", "spec", "kafka", "scorer"
    ),
    *_quoted(
        "replicas", "autoscaling", "mode", "PerPartition", "partitionsPerReplica", "pod", "resources", "maxLatency"
    ),
    *_quoted("Auto", "minReplicas", "maxReplicas", "targetDrainTime", "cooldown", "scaleDownDelay", "90s", "1h"),
    *_quoted(
        "sessionTimeout", "50ms", "20s", "1m", "5m", "6s", "999999999m", "a:1", "[::1]:9", "uid", "generation", "."
    ),
)
YAML: Final = (
    b"- ", b"? ", b": ", b"a: ", b"---\n", b"...\n", b"%YAML 1.1\n---\n", b"%TAG ! tag:a,1:\n---\n", b"# c\n",
    b"|\n  a\n", b">-\n a\n", b"|2+\n", b"&a ", b"*a", b"&b ", b"*b", b"*a : ", b"<<: *a\n", b"<<: [*a, *a]\n",
    b"<<: {a: 1}\n", b"[*a, *a, *a, *a]", b"!!str ", b"!!int ", b"!!float ", b"!!binary ", b"!!set ", b"!!map ",
    b"!!seq ", b"! ", b"!a ", b"!<tag:yaml.org,2002:str> ", b"!%C3 ", b"~", b"yes", b"off", b".nan", b".inf",
    b"-.INF", b"0b11", b"0b_", b"017", b"08", b"0xG", b"0x_", b"1_0", b"190:20:30", b"190:20:30.15", b"1:2:3.4",
    b":59" * 60 + b".5", b"1" + b":59" * 400, b"2024-01-06", b"=", b"<<", b'"\\x4"', b'"\\uD800"', b'"\\UFFFFFFFF"',
    b'"\\U00110000"', b'"\\e\\N\\_\\L\\P"', b"'it''s'", b"\n", b"\n  ", b"  ", b"\t", b"\xc2\x85", b"\xe2\x80\xa8",
    b"\xef\xbb\xbf", b"\xfe\xff", b"@", b"`", b"a: &a [1, 1]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\n",
    b"a: &a {k: 1}\nb: &b {<<: [*a, *a]}\n",
)  # fmt: skip
