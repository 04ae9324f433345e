"""The files for the next person: the changelog, the workflow, the hooks, the licence."""

import re

import yaml

from tests.documentation.pages import ROOT

RUN = (ROOT / ".ci" / "run").read_text()
LINTERS = {"ruff format", "ruff check", "mypy", "lint-imports"}


def test_workflow_runs_what_anybody_can_run():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    [job] = workflow["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert [command.split()[-1] for command in runs] == [".ci/run"]
    assert job["timeout-minutes"] == 60


def test_commands_of_the_readme_are_run_first():
    readme = (ROOT / "README.md").read_text()
    install, test = re.findall(r"^(pip install -[er].*?)  +# ", readme, re.MULTILINE)
    assert install == "pip install -e . && python manage.py demo"
    assert test == "pip install -r requirements-dev.txt && pytest"
    commands = ("pip install --quiet -e .", "manage.py demo --once", "-r requirements-dev.txt")
    places = [RUN.index(command) for command in (*commands, "pytest --cov")]
    assert places == sorted(places)


def test_hooks_are_the_linters_of_ci():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert {hook["entry"].removesuffix(" --fix") for hook in hooks} == LINTERS
    assert all(re.search(rf"^{linter}( --check)?( \.)?$", RUN, re.MULTILINE) for linter in LINTERS)


def test_changelog_keeps_its_form():
    text = (ROOT / "CHANGELOG.md").read_text()
    releases = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert releases[0] == "[Unreleased]"
    form = re.compile(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}")
    assert all(form.fullmatch(release) for release in releases[1:])
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    facts = [line for line in text.splitlines() if line.startswith("- ")]
    assert len(facts) == len(set(facts)), "a fact is told once"


def test_licence_is_the_one_that_is_said():
    licence = (ROOT / "LICENSE").read_text()
    assert licence.startswith("BSD 3-Clause License")
    assert 'license = "BSD-3-Clause"' in (ROOT / "pyproject.toml").read_text()


def test_holes_are_reported_as_the_security_page_says():
    policy = (ROOT / ".github" / "SECURITY.md").read_text()
    page = (ROOT / "docs" / "security.md").read_text()
    for text in (policy, page):
        assert '"Report a vulnerability"' in text
        assert "within a week" in text
