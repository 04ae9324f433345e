"""The example project's documentation, and the example without the packages that it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import override_settings

ROOT = Path(__file__).parent.parent.parent
WITHOUT = """
import sys
sys.modules["drf_spectacular"] = None  # as if it were not installed
import django
from django.core.management import call_command
django.setup()
call_command("check", "--fail-level=WARNING")
from django.urls import Resolver404, resolve
for path in ("/api/schema/", "/api/docs/"):
    try:
        resolve(path)
    except Resolver404:
        print(path, "is not there")
print(resolve("/api/orders/").url_name, "oauth_m2m.contrib.spectacular" in sys.modules)
"""


@override_settings(ROOT_URLCONF="example_project.urls")
@pytest.mark.django_db
def test_schema_and_page_are_open_to_everybody(http):
    schema = http.get("/api/schema/", headers={"Accept": "application/json"})
    assert (schema.status_code, schema.json()["info"]["title"]) == (200, "Orders")
    page = http.get("/api/docs/")
    assert page.status_code == 200
    assert "/static/drf_spectacular_sidecar/" in page.content.decode()


def test_example_works_without_drf_spectacular(tmp_path: Path):
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "example_project.settings",
        "SQLITE_FILE": str(tmp_path / "db.sqlite3"),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "System check identified no issues (0 silenced).",
        "/api/schema/ is not there",
        "/api/docs/ is not there",
        "orders False",
    ]
