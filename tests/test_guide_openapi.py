"""The guide to OpenAPI documents: the code that it tells people to write is run."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings as project
from django.urls import path, resolve

from example_project import settings as example

GUIDE = Path(__file__).parent.parent / "docs" / "guides" / "openapi.md"
SNIPPETS = re.findall(r"```python\n# (\S+)\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)


def run(file: str, **names: Any) -> dict[str, Any]:
    """Run all that the guide puts into *file*, which has *names* already."""
    for where, code in SNIPPETS:
        if where == file:
            exec(code, names)  # noqa: S102 - it is our own page
    return names


def test_settings_are_those_that_the_example_project_is_tested_with():
    written = run("settings.py", INSTALLED_APPS=[])
    assert set(written["INSTALLED_APPS"]) <= set(project.INSTALLED_APPS)
    assert written["REST_FRAMEWORK"] == example.REST_FRAMEWORK
    told = written["SPECTACULAR_SETTINGS"]
    assert told.items() <= example.SPECTACULAR_SETTINGS.items()
    assert len(told) == 5


def test_urls_are_those_that_the_example_project_is_tested_with():
    patterns = run("urls.py", urlpatterns=[])["urlpatterns"]
    assert [pattern.name for pattern in patterns] == ["schema", "docs"]
    for pattern in patterns:
        served = resolve(f"/{pattern.pattern}", "example_project.urls")
        assert (served.url_name, served.func.cls) == (pattern.name, pattern.callback.cls)


def test_ninja_api_takes_tokens(registered, get_token, http, settings):
    """Tokens are got from the host's own site, then shown to the guide's."""
    reader = {"Authorization": f"Bearer {get_token(registered)}"}
    writer = {"Authorization": f"Bearer {get_token(registered, 'orders:read orders:write')}"}
    site = ModuleType("ninja_site")
    site.urlpatterns = [path("", run("api.py", __name__="api")["api"].urls)]
    settings.ROOT_URLCONF = site
    assert http.get("/orders", headers=reader).json() == {"for": registered.client_id}
    assert http.post("/orders", headers=writer).json() == {"by": registered.client_id}
    refused = http.post("/orders", headers=reader)
    assert refused.status_code == 403
    assert 'scope="orders:read orders:write"' in refused["WWW-Authenticate"]
    assert http.get("/orders").status_code == 401
