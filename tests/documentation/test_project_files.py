"""The files for the next person: the changelog, the workflow, the hooks, the licence."""

import itertools
import re
import tomllib

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


def test_matrix_has_the_versions_that_the_package_promises():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    products = [
        entry["product"] for entry in project["tool"]["tox"]["env_list"] if "product" in entry
    ]
    promised = project["project"]["classifiers"]
    for prefix, position, kind in (("Python", 0, "py"), ("Django", 1, "django")):
        form = re.compile(rf".*{prefix} :: (\d)\.(\d+)")
        named = {kind + "".join(found.groups()) for found in map(form.fullmatch, promised) if found}
        assert {name for product in products for name in product[position]} == named
    assert all(product[3] == ["sqlite", "postgresql", "mariadb"] for product in products)


def test_environments_that_are_named_exist():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = project["tool"]["tox"]["env_list"]
    products = [itertools.product(*entry["product"]) for entry in listed if "product" in entry]
    known = {"-".join(names) for product in products for names in product}
    known |= {entry for entry in listed if isinstance(entry, str)}
    page = (ROOT / "docs" / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"py3\d+-[\w-]+", RUN + page))
    assert named
    assert named <= known


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
