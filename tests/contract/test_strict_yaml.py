"""`kubectl-scoring` and `scorer` read one file alike: one table judges both, and what both refuse is one line."""

import pytest
import yaml
from typer.testing import CliRunner

import scoring_operator.cli
import scoring_service.cli
from contract.admission_cases import manifest
from harness.wallets import a_swap, a_wallet, encoded
from scoring_service.contract.strict_yaml import NotYaml, documents

NESTED = "a: " + "[\n" * 3000


def laughs(depth: int, first: str, each: str) -> str:
    """Return a file whose every line repeats the one before nine times."""
    lines = [first, *(f"l{n}: &l{n} {each.format(', '.join([f'*l{n - 1}'] * 9))}" for n in range(1, depth))]
    return "\n".join(lines) + "\n"


UNDERSTOOD = {
    "plain values": ("a: 1\nb: 0.5\nc: yes\nd: ~\ne: text\n", {"a": 1, "b": 0.5, "c": True, "d": None, "e": "text"}),
    "a date is text as written": ("a: 2024-1-6\nb: 2024-13-45\n", {"a": "2024-1-6", "b": "2024-13-45"}),
    "a key is text as written": ("1: a\nyes: b\n2024-01-06: c\n", {"1": "a", "yes": "b", "2024-01-06": "c"}),
    "an alias repeats a value": ("a: &x 1\nb: *x\n*x : c\n", {"a": 1, "b": 1, "1": "c"}),
    "a merge gives what is not given": (
        "base: &x {k: 1, l: 2}\na: {<<: *x, k: 3}\n",
        {"base": {"k": 1, "l": 2}, "a": {"k": 3, "l": 2}},
    ),
    "a merge of a merge gives no key twice": (
        "x: &x {k: 1}\ny: {z: &y {<<: *x, k: 2}}\na: {<<: *y, k: 3}\n",
        {"x": {"k": 1}, "y": {"z": {"k": 2}}, "a": {"k": 3}},
    ),
    "aliases of aliases, a few": (laughs(2, "l0: &l0 [1]", "[{}]"), {"l0": [1], "l1": [[1]] * 9}),
    "text that says it is text": ("a: !!str 1\n", {"a": "1"}),
    "a document that begins and ends with a line": ("---\na: 1\n---\n", {"a": 1}),
}
REFUSED = {
    "a key given twice": ("a: 1\na: 2\n", 'key "a" is given twice'),
    "a key given twice in other words": ("1: a\n'1': b\n", 'key "1" is given twice'),
    "a value that contains itself": ("a: &a [*a]\n", "Circular"),
    "a list as a key": ("? [a]\n: b\n", "a key must be text"),
    "a mapping as a key": ("? {a: 1}\n: b\n", "a key must be text"),
    "thousands of brackets": (NESTED, "nested too deeply"),
    "a number that JSON has not": ("a: .nan\n", "not JSON compliant"),
    "a number without end": ("a: " + "9" * 5000, "4300 digits"),
    "bytes": ("a: !!binary aGk=\n", "tag tag:yaml.org,2002:binary is not understood"),
    "a set": ("a: !!set {b}\n", "is not understood"),
    "a date by its tag": ("a: !!timestamp rubbish\n", "is not understood"),
    "a number by its tag": ("a: !!int ''\n", "is not understood"),
    "an object of a language": ("a: !!python/name:os.system\n", "is not understood"),
    "an alias of nothing": ("a: *b\n", "undefined alias"),
    "a bracket left open": ("a: [", "expected the node content"),
    "lists of aliases of lists": (laughs(12, "l0: &l0 [1, 2]", "[{}]"), "aliases repeat too much"),
    "merges of aliases of mappings": (laughs(12, "l0: &l0 {k: 1}", "{{<<: [{}]}}"), "aliases repeat too much"),
    "a long text that aliases repeat": (laughs(4, "l0: &l0 " + "x" * 999, "[{}]"), "aliases repeat too much"),
    "a number of base 60 that no float holds": ("a: 1" + ":59" * 200 + ".5\n", "too large"),
    "a character beyond any": ('a: "\\UFFFFFFFF"\n', "too large"),
    "other bytes than text": ("\xff\xfe\x00", "truncated data"),
}


@pytest.mark.parametrize(("content", "value"), UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_what_an_api_server_understands_is_understood(content, value):
    assert documents(content.encode()) == [value]


@pytest.mark.parametrize(("content", "why"), REFUSED.values(), ids=REFUSED)
def test_what_json_cannot_say_is_refused_in_one_line(content, why):
    with pytest.raises(NotYaml, match=why) as refused:
        documents(content.encode("latin-1"))

    assert str(refused.value).startswith("not YAML: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["a key given twice", "a value that contains itself", "thousands of brackets"])
def test_both_commands_end_with_2_and_one_line(tmp_path, name):
    content, why = REFUSED[name]
    path = tmp_path / "pipeline.yaml"
    path.write_text(content, encoding="latin-1")

    for command, arguments in [
        (scoring_operator.cli, ["up", str(path)]),
        (scoring_service.cli, ["score", str(path), "-"]),
    ]:
        said = CliRunner().invoke(command.app, arguments)
        assert said.exit_code == 2
        assert f"{path}: not YAML: " in said.output
        assert why in said.output
        assert len(said.output.strip().splitlines()) == 1


def test_a_manifest_with_a_number_as_its_name_of_a_topic_is_refused_by_both(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text(yaml.safe_dump(manifest({"spec.input.topic": 7})))

    assert CliRunner().invoke(scoring_operator.cli.app, ["up", str(path)]).exit_code == 2
    assert CliRunner().invoke(scoring_service.cli.app, ["score", str(path), "-"]).exit_code == 2


def test_a_manifest_with_a_date_as_the_name_of_a_topic_scores(tmp_path):
    path = tmp_path / "pipeline.yaml"
    path.write_text(yaml.safe_dump(manifest()).replace("topic: in", "topic: 2024-01-06"))

    said = CliRunner().invoke(scoring_service.cli.app, ["score", str(path), "-"], input=encoded(a_wallet(a_swap())))

    assert said.exit_code == 0, said.output


@pytest.mark.parametrize(("text", "number"), [("1e+30", 1e30), ("-2e-5", -2e-5), ("1.5E3", 1500.0), ("0e0", 0.0)])
def test_a_number_of_json_is_one_whatever_its_exponent(text, number):
    assert documents(f"a: {text}\n".encode()) == [{"a": number}]


@pytest.mark.parametrize("text", ["1e", "0x1e3g", "1e3abc", "01e5x"])
def test_what_only_looks_like_a_number_stays_text(text):
    assert documents(f"a: {text}\n".encode()) == [{"a": text}]
