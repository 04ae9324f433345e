"""docs/reference/openapi.yaml says what the endpoints take and answer; a running server agrees."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from oauth_m2m.urls import oauth_urlpatterns, well_known_urlpatterns
from tests.conftest import FORM
from tests.host.site import Site, running_site
from tests.properties.profile import bounded

pytestmark = pytest.mark.timeout(300)

PATH = Path(__file__).parents[2] / "docs" / "reference" / "openapi.yaml"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DOCUMENT = yaml.safe_load(PATH.read_text())
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {
    found.ok().definition.raw["operationId"]: found.ok() for found in SCHEMA.get_all_operations()
}
MODES = {mode.name.lower(): mode for mode in schemathesis.GenerationMode}
FEW = hypothesis_settings(bounded, max_examples=25, suppress_health_check=[*HealthCheck])


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    m2m = {"TOKEN_ENDPOINT_RATE": {"address": "", "client": ""}}
    with running_site(tmp_path_factory.mktemp("site"), {}, workers=1, threads=4, m2m=m2m) as site:
        site.manage("migrate", "--verbosity=0")
        yield site


@pytest.fixture(scope="module")
def client(site: Site) -> tuple[str, str]:
    shown = site.register("--scope", "orders:read", "--create-scopes")
    return shown["client_id"], shown["client_secret"]


def test_document_is_openapi():
    validate(DOCUMENT)


def test_document_has_every_endpoint_but_the_page_for_people():
    routes = [pattern.pattern._route for pattern in (*oauth_urlpatterns, *well_known_urlpatterns)]
    plain = {f"/{route}" for route in routes if "<" not in route}
    assert DOCUMENT["paths"].keys() == plain - {"/oauth/authorize"}


def test_good_answers_are_as_the_document_says(site: Site, client):
    def ask(name: str, **body: str) -> Any:
        case = OPERATIONS[name].Case(body=body, media_type=FORM)
        response = case.call(base_url=site.url, auth=client, timeout=60)
        case.validate_response(response, checks=CHECKS)
        assert response.status_code == 200
        return response.json()

    token = ask("token", grant_type="client_credentials")["access_token"]
    assert ask("introspect", token=token)["active"] is True
    assert ask("revoke", token=token) == {}
    assert ask("introspect", token=token) == {"active": False}


@pytest.mark.parametrize(
    "name, mode",
    [
        (name, mode)
        for name, operation in OPERATIONS.items()
        # What takes nothing can be asked in one way only.
        for mode in (MODES if operation.body else ["positive"])
    ],
)
def test_server_answers_as_the_document_says(name: str, mode: str, site: Site, client):
    operation = OPERATIONS[name]

    @FEW
    @given(case=operation.as_strategy(generation_mode=MODES[mode]), authenticates=st.booleans())
    def ask(case: Any, authenticates: Any) -> None:
        response = case.call(base_url=site.url, auth=client if authenticates else None, timeout=60)
        case.validate_response(response, checks=CHECKS)

    ask()
