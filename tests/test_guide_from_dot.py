"""The guide from django-oauth-toolkit: what it tells people to write is run, over real HTTP."""

import re
import shlex
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from django.urls import path
from oauth2_provider.models import get_application_model

from oauth_m2m.hashing import digest_credential
from oauth_m2m.models import AccessToken, Client, ClientSecret, Scope
from oauth_m2m.operations.tokens import revoke_token
from tests.toolkit import HASHERS, SECRET, make_application, make_token

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = (Path(__file__).parent.parent / "docs" / "guides" / "from-dot.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
COMMANDS = re.findall(r"^python manage\.py (m2m_import_dot .*)", PAGE, flags=re.MULTILINE)
GRANT = {"grant_type": "client_credentials"}
NAME = "tests.the_site_of_the_guide"


def snippet(part: str) -> str:
    [found] = [text for text in SNIPPETS if part in text]
    return found


@pytest.fixture
def site(settings, live_server, monkeypatch) -> Iterator[httpx.Client]:
    """A site with the views and URLs of the guide, and a client of it over a socket."""
    module: Any = ModuleType(NAME)
    monkeypatch.setitem(sys.modules, NAME, module)
    for part in ("class OrdersView", "def token"):
        exec(snippet(part), vars(module))  # noqa: S102 - it is our own page
    module.urlpatterns += [
        path("orders", module.OrdersView.as_view()),
        path("toolkit/token/", module.TokenView.as_view()),
    ]
    settings.ROOT_URLCONF = NAME
    settings.PASSWORD_HASHERS = HASHERS
    settings.OAUTH2_PROVIDER = {"SCOPES": {"orders:read": "Read orders"}}
    with httpx.Client(base_url=live_server.url) as client:
        yield client


@pytest.fixture
def _accepting_imported(settings):
    told: dict[str, Any] = {}
    exec(snippet("ACCEPT_IMPORTED_TOKENS"), told)  # noqa: S102 - as above
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, **told["OAUTH_M2M"]}


@pytest.fixture
def nightly() -> dict[str, str]:
    """A machine of the toolkit's, as its owner knows it."""
    make_application(client_id="nightly")
    return {"client_id": "nightly", "client_secret": SECRET}


@pytest.fixture
def token_of_toolkit(site, nightly):
    """Return a fresh token of the toolkit's own endpoint."""

    def token_of_toolkit() -> str:
        answer = site.post("/toolkit/token/", data={**GRANT, **nightly})
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    return token_of_toolkit


def run(line: str) -> str:
    out = StringIO()
    call_command(*shlex.split(line), stdout=out)
    return out.getvalue()


def import_all() -> str:
    return run(COMMANDS[1])


def status(site: httpx.Client, token: str) -> int:
    return site.get("/orders", headers={"Authorization": f"Bearer {token}"}).status_code


def test_guide_shows_the_dry_run_and_then_the_import():
    assert COMMANDS == [
        "m2m_import_dot --dry-run --tokens --scopes-from-tokens",
        "m2m_import_dot --tokens --scopes-from-tokens --create-scopes",
    ]


def test_machine_moves_without_a_gap(site, nightly, token_of_toolkit, settings):
    old = token_of_toolkit()
    assert status(site, old) == 200
    assert "Dry run: nothing was changed." in run(COMMANDS[0])
    assert not Client.objects.exists()
    import_all()
    # Before the setting, the toolkit's class still knows its token; ours does not take it.
    assert status(site, old) == 200
    settings.OAUTH_M2M = {**settings.OAUTH_M2M, "ACCEPT_IMPORTED_TOKENS": True}
    assert status(site, old) == 200
    answer = site.post("/oauth/token", data={**GRANT, **nightly})
    assert (answer.status_code, answer.json()["scope"]) == (200, "orders:read")
    assert status(site, answer.json()["access_token"]) == 200
    get_application_model().objects.all().delete()
    assert status(site, old) == 200
    assert site.post("/oauth/token", auth=tuple(nightly.values()), data=GRANT).status_code == 200


@pytest.mark.usefixtures("_accepting_imported")
def test_imported_token_is_the_clients_and_can_be_revoked_here(site, token_of_toolkit, actor):
    old = token_of_toolkit()
    import_all()
    answer = site.get("/orders", headers={"Authorization": f"Bearer {old}"})
    assert answer.json() == {"caller": "nightly"}
    revoke_token(AccessToken.objects.get(), actor=actor)
    refused = site.get("/orders", headers={"Authorization": f"Bearer {old}"})
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


@pytest.mark.usefixtures("_accepting_imported")
def test_imported_token_can_be_introspected_and_revoked_by_its_client(
    site, nightly, token_of_toolkit
):
    old = token_of_toolkit()
    import_all()
    told = site.post("/oauth/introspect", data={**nightly, "token": old}).json()
    assert (told["active"], told["client_id"], told["scope"]) == (True, "nightly", "orders:read")
    assert site.post("/oauth/revoke", data={**nightly, "token": old}).status_code == 200
    assert status(site, old) == 401


@pytest.mark.usefixtures("_accepting_imported")
def test_token_of_a_person_stays_with_the_toolkit(site, admin_user):
    clear = make_token(make_application(client_type="public"), user=admin_user)
    import_all()
    answer = site.get("/orders", headers={"Authorization": f"Bearer {clear}"})
    assert answer.json() == {"caller": "admin"}


@pytest.mark.usefixtures("_accepting_imported")
def test_token_that_nobody_knows_is_refused(site):
    refused = site.get("/orders", headers={"Authorization": "Bearer of-nobody"})
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_imported_hash_is_fast_after_its_first_use(site, nightly):
    run("m2m_import_dot --scope orders:read --create-scopes")
    [stored] = get_application_model().objects.values_list("client_secret", flat=True)
    assert ClientSecret.objects.get().digest == stored
    for wrong in (f"{SECRET}x", "wrong", SECRET.lower()):
        body = {**GRANT, **nightly, "client_secret": wrong}
        assert site.post("/oauth/token", data=body).status_code == 401
    assert ClientSecret.objects.get().digest == stored
    assert site.post("/oauth/token", data={**GRANT, **nightly}).status_code == 200
    secret = ClientSecret.objects.get()
    assert (secret.digest, secret.algorithm) == (digest_credential(SECRET), "sha256")
    # The toolkit's hash is not the one here any more, and still it is known.
    assert "known" in run("m2m_import_dot --scope orders:read")


def test_secret_that_was_in_clear_works_too(site):
    make_application(client_id="nightly", hash_client_secret=False)
    run("m2m_import_dot --scope orders:read --create-scopes")
    assert ClientSecret.objects.get().algorithm == "sha256"
    assert site.post("/oauth/token", auth=("nightly", SECRET), data=GRANT).status_code == 200


def test_empty_secret_gets_a_token_from_the_toolkit_and_none_here(site):
    make_application(client_id="open", client_secret="")
    assert site.post("/toolkit/token/", auth=("open", ""), data=GRANT).status_code == 200
    assert "its secret is empty" in run("m2m_import_dot --scope orders:read --create-scopes")
    assert site.post("/oauth/token", auth=("open", ""), data=GRANT).status_code == 401


def test_machine_that_keeps_its_url_is_served_here_and_others_by_the_toolkit(site, nightly):
    import_all()
    ours = site.post("/o/token/", data={**GRANT, **nightly, "scope": "orders:read"})
    assert (ours.status_code, ours.json()["error"]) == (400, "invalid_scope")
    Client.objects.get().scope_grants.create(scope=Scope.objects.create(name="orders:read"))
    ours = site.post("/o/token/", data={**GRANT, **nightly})
    assert ours.json()["access_token"].startswith("m2mt_")
    toolkits = site.post("/o/token/", data={"grant_type": "refresh_token", **nightly})
    assert toolkits.status_code == 400
    assert site.get("/o/token/").status_code == 405


def test_next_import_brings_the_tokens_of_the_meantime(site, token_of_toolkit):
    token_of_toolkit()
    import_all()
    token_of_toolkit()
    assert "Imported 0 clients and 1 live token." in import_all()
    assert AccessToken.objects.count() == 2
    assert "Nothing is new: nothing was changed." in import_all()
