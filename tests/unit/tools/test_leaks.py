"""What looks like a secret is found in the tree, and what somebody has looked at is not found again."""

from pathlib import Path

import pytest
from tools import leaks

AWS = "AKIA" + "IOSFODNN7" + "EXAMPLX"
PRIVATE = "-----BEGIN " + "RSA PRIVATE KEY-----"
PASSWORD = 'password = "' + "hunter2-" + 'correct-horse"'


@pytest.mark.parametrize("planted", [AWS, PRIVATE, PASSWORD])
def test_a_planted_secret_is_found_with_its_file_and_line(tmp_path: Path, planted: str) -> None:
    (tmp_path / "settings.py").write_text(f"# first\n{planted}\n")

    ((name, secret),) = leaks.unaccepted(leaks.found_in(tmp_path, ["settings.py"]), leaks.found_in(tmp_path, []))

    assert (name, secret.line_number) == ("settings.py", 2)


def test_what_was_accepted_stays_so_on_another_line_and_not_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"{PASSWORD}\n")
    accepted = leaks.found_in(tmp_path, ["a.py"])
    (tmp_path / "a.py").write_text(f"# moved\n\n{PASSWORD}\n")
    (tmp_path / "b.py").write_text(f"{PASSWORD}\n")

    left = leaks.unaccepted(leaks.found_in(tmp_path, ["a.py", "b.py"]), accepted)

    assert [name for name, _ in left] == ["b.py"]


def test_code_and_documentation_are_looked_into_and_what_tools_write_is_not() -> None:
    names = leaks.looked_into(leaks.tracked())

    assert {"README.md", "Dockerfile", "charts/scoring-operator/values.yaml", "manifests/wallet-reputation.yaml"} <= {
        *names
    }
    assert "uv.lock" not in names
    assert not any(name.startswith("tests/fuzz/corpus/") for name in names)


def test_without_git_the_same_files_are_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    by_git = set(leaks.looked_into(leaks.tracked()))

    monkeypatch.setenv("PATH", "/nowhere")

    assert by_git <= set(leaks.looked_into(leaks.tracked()))
