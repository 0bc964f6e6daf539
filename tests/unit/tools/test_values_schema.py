"""Schema and page of the chart's values come from the comments of `values.yaml`, and from nothing else."""

import jsonschema
import pytest
import yaml
from tools import values as tool

TEXT = (tool.CHART / "values.yaml").read_text("utf-8")

SMALL = """\
# About everything, and attached to nothing.

# How many,
# in words of two lines.
# @schema {minimum: 0}
replicas: 2

image:
  # Where it is.
  tag: ""
  # Who asks.
  # @schema
  #   items: {type: string}
  secrets: []

# As it is.
# @schema {additionalProperties: {type: string}}
labels: {a: b}
"""


def small() -> dict[str, object]:
    return tool.schema(tool.values(SMALL))


def test_types_come_from_the_values_and_the_rest_from_the_comments():
    assert small() == {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "replicas": {"description": "How many, in words of two lines.", "type": "integer", "minimum": 0},
            "image": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "tag": {"description": "Where it is.", "type": "string"},
                    "secrets": {"description": "Who asks.", "type": "array", "items": {"type": "string"}},
                },
            },
            "labels": {
                "description": "As it is.",
                "type": "object",
                "additionalProperties": {"type": "string"},
            },
        },
    }


def test_the_page_has_a_row_for_each_value_and_none_for_what_only_holds_some():
    rows = [line.split(" | ") for line in tool.table(tool.values(SMALL)).splitlines()[2:]]

    assert [(row[0], row[1], row[2]) for row in rows] == [
        ("| `replicas`", "integer", "`2`"),
        ("| `image.tag`", "string", '`""`'),
        ("| `image.secrets`", "array", "`[]`"),
        ("| `labels`", "object", '`{"a": "b"}`'),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n", "a: say in a comment what it is"),
        ("b:\n  # @schema {type: string}\n  a: x\n", "b.a: say in a comment what it is"),
        ("# Such.\na: {}\n", "a: {} does not tell what it may be: say it by @schema"),
        ("# Such.\na: []\n", "a: [] does not tell what it may be"),
        ("# Such.\na: null\n", "a: None does not tell what it may be"),
    ],
)
def test_what_nobody_has_said_is_asked_for(text, words):
    with pytest.raises(ValueError, match=f"^{words}".replace("[]", r"\[\]")):
        tool.values(text)


def test_a_part_of_a_schema_that_is_none_is_named():
    with pytest.raises(TypeError, match=r"^a: @schema holds 'text', expected members of a schema$"):
        tool.values("# Such.\n# @schema text\na: 1\n")


def test_the_charts_own_values_are_what_its_schema_allows():
    schema = tool.schema(tool.values(TEXT))

    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(TEXT), schema)
