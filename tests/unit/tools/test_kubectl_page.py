"""The page of the commands is made of what they say of themselves: each is told once, with every exit code."""

import pytest
from tools import kubectl_page

from scoring_operator.cli import app

PAGE = kubectl_page.page()
COMMANDS = dict(kubectl_page.commands(app))
SAY_NO_CODES = ("version",)
"""Commands that cannot fail."""


def test_every_command_stands_in_one_section():
    told = [name for _, names in kubectl_page.SECTIONS for name in names]

    assert sorted(told) == sorted(COMMANDS)
    assert all(f"### kubectl scoring {name}" in PAGE for name in told)


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - SAY_NO_CODES))
def test_a_command_documents_its_exit_codes_from_0_on_each_once(name):
    _, codes = kubectl_page.said(COMMANDS[name])
    numbers = [int(code) for code, _ in codes]

    assert numbers == sorted(set(numbers))
    assert numbers[0] == 0
    assert all(meaning for _, meaning in codes)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_that_asks_a_cluster_takes_what_kubectl_takes(name):
    options = COMMANDS[name].__annotations__

    if "kubeconfig" in options:
        assert {"namespace", "context"} <= options.keys()
        assert "output" in options or name == "plan", "which passes its options on"


def test_a_row_says_names_value_and_help():
    assert "| `--watch`, `-w` | Look every 2 s, until Ctrl-C. |" in PAGE
    assert "| `--namespace`, `-n` `NS` | Default: that of the kubeconfig's context. |" in PAGE
