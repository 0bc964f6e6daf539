"""A pipeline in a file: read strictly, followed while it is edited."""

import pytest
import yaml

from contract.admission_cases import manifest
from scoring_operator.api.admission import Refused
from scoring_operator.cli.manifest import PipelineFile, Unreadable, parse


@pytest.fixture
def path(tmp_path):
    written = tmp_path / "pipeline.yaml"
    write(written)
    return written


def write(path, **changes):
    path.write_text(yaml.safe_dump(manifest({name.replace("_", "."): value for name, value in changes.items()})))


def admitted(file, before=None):
    return file.admit(file.changed(), before).manifest


def test_a_manifest_is_admitted_with_defaults(path):
    assert admitted(PipelineFile(path))["spec"]["replicas"] == 1


def test_a_namespace_that_is_left_open_is_the_default_one(path):
    text = path.read_text().replace("  namespace: default\n", "")
    path.write_text(text)

    assert "namespace" not in text
    assert admitted(PipelineFile(path))["metadata"]["namespace"] == "default"


def test_brokers_of_the_command_line_win(path):
    spec = admitted(PipelineFile(path, ["127.0.0.1:1", "127.0.0.1:2"]))["spec"]

    assert spec["kafka"] == {"bootstrapServers": ["127.0.0.1:1", "127.0.0.1:2"]}


def test_a_file_that_stays_as_it_is_has_not_changed(path):
    file = PipelineFile(path)

    file.changed()
    path.touch()

    assert file.changed() is None


def test_a_file_that_is_edited_has_changed_once(path):
    file = PipelineFile(path)
    file.changed()

    write(path, spec_replicas=3)

    assert b"replicas: 3" in file.changed()
    assert file.changed() is None


def test_a_file_that_is_away_for_a_while_is_said_so_once(path):
    file = PipelineFile(path)
    content = file.changed()

    path.unlink()

    with pytest.raises(Unreadable, match="No such file"):
        file.changed()
    assert [file.changed(), file.changed()] == [None, None]
    path.write_bytes(content)
    assert file.changed() is None
    path.unlink()
    with pytest.raises(Unreadable, match="No such file"):
        file.changed()


def test_a_file_that_cannot_be_read_for_another_reason_is_said_so_again(path):
    file = PipelineFile(path)
    path.unlink()
    with pytest.raises(Unreadable, match="No such file"):
        file.changed()

    path.mkdir()

    with pytest.raises(Unreadable, match="Is a directory"):
        file.changed()


def test_replicas_that_the_file_leaves_open_stay_as_they_were_scaled(path):
    file = PipelineFile(path)
    before = admitted(file)
    before["spec"]["replicas"] = 5

    assert file.admit(path.read_bytes(), before).manifest["spec"]["replicas"] == 5


def test_an_immutable_field_cannot_be_edited(path):
    file = PipelineFile(path)
    before = admitted(file)
    write(path, spec_input_topic="another")

    with pytest.raises(Refused, match=r"spec\.input\.topic is immutable"):
        admitted(file, before)


def test_a_missing_file_is_said_so(tmp_path):
    with pytest.raises(Unreadable, match="No such file"):
        PipelineFile(tmp_path / "none.yaml").changed()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "expected one manifest, got 0 documents"),
        (b"a: 1\n---\nb: 2\n", "expected one manifest, got 2 documents"),
        (b"- a\n", "expected a ScoringPipeline, got list"),
        (b"a: [", "not YAML"),
        (b"\xff\xfe\x00", "not YAML"),
        (b"kind: Pod\napiVersion: v1\n", "expected a ScoringPipeline of scoring.dev/v1alpha1, got 'Pod'"),
        (
            b"kind: ScoringPipeline\napiVersion: scoring.dev/v1alpha1\nmetadata: {name: a}\nspec: 1\n",
            "spec: expected fields",
        ),
        (b"kind: ScoringPipeline\nkind: Pod\n", 'key "kind" is given twice'),
    ],
)
def test_what_is_not_a_pipeline_is_refused_in_one_line(content, why):
    with pytest.raises(Unreadable, match=why) as refused:
        parse(content)

    assert "\n" not in str(refused.value)


def test_values_that_yaml_takes_for_dates_are_text():
    text = yaml.safe_dump(manifest()).replace("topic: in", "topic: 2024-01-06")

    assert parse(text.encode())["spec"]["input"]["topic"] == "2024-01-06"
