"""The linters find nothing, or what they find is explained in checkov.yaml."""

import json
import pathlib
import subprocess
import sys

from resolved_template import INFRA


def run(program, *arguments):
    program = pathlib.Path(sys.executable).parent / program
    return subprocess.run([program, *arguments], capture_output=True, text=True, cwd=INFRA)


def test_cfn_lint_finds_no_fault():
    answer = run("cfn-lint", "--non-zero-exit-code", "error", "template.yaml")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_checkov_finds_nothing_that_is_not_explained():
    answer = run("checkov", "--config-file", "checkov.yaml", "-f", "template.yaml", "-o", "json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert json.loads(answer.stdout)["summary"]["passed"] > 50
