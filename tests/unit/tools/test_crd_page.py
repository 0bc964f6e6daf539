"""The page of the resource is made of the definition: nothing that a person may write is missing."""

from tools import crd_page

from scoring_operator.api import crd

PAGE = crd_page.page()


def rows() -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| `s")]


def row(path: str) -> list[str]:
    (found,) = [cells for cells in rows() if cells[0] == f"`{path}`"]
    return found


def test_every_field_stands_on_the_page_once():
    def paths(schema, path):
        for name, inner in schema.get("properties", {}).items():
            yield f"{path}.{name}"
            yield from paths(inner, f"{path}.{name}")
        if "items" in schema:
            yield from paths(schema["items"], f"{path}[]")

    root = crd.schema()["properties"]
    expected = [path for part in ("spec", "status") for path in paths(root[part], part)]
    assert [cells[0].strip("`") for cells in rows()] == expected


def test_every_rule_stands_on_the_page_in_its_words():
    assert all(f"- {rule.message}\n" in PAGE for rule in crd.rules(crd.schema()))


def test_a_row_says_type_unit_default_and_what_a_change_does_and_its_words_not_again():
    assert row("spec.delivery.maxLatency")[1:] == [
        "text",
        "ms or s, written behind the number",
        "`50ms`",
        "rolls",
        "How long a record may wait for the sake of a fuller batch, from 1ms to 5s; longer costs less processor time.",
    ]
    assert row("spec.scorer.walletReputation.weights.trading")[1:5] == ["number", "share", "`0.4`", "live"]
    assert row("spec.input.topic")[3:5] == ["required", "immutable"]


def test_every_field_of_the_spec_says_what_a_change_does():
    assert {cells[4] for cells in rows() if cells[0].startswith("`spec.")} == {"live", "rolls", "immutable"}


def test_no_cell_breaks_the_table():
    widths = {line.count(" | ") for line in PAGE.splitlines() if line.startswith("| `spec.")}

    assert widths == {len(crd_page.OF_SPEC) - 1}
