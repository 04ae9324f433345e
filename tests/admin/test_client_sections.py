import re

import pytest
from django.test import Client as HttpClient

from oauth_m2m.models import Client, Scope
from tests.admin.pages import form_of, text_of, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

PROOF = "How it proves itself"
IDENTITY = "Which account or groups it acts as"
TOKENS = "Its tokens"
LIMITS = "Limits"
ABOUT = "Client id, whom to ask, metadata"


def folds_in(page: str) -> dict[str, bool]:
    """Return the headings of the folded sections, and whether each is open."""
    found = re.findall(r"<details( open)?>\s*<summary><h2>(.*?)</h2>", page)
    return {heading: bool(is_open) for is_open, heading in found}


def refused(boss: HttpClient, **fields) -> str:
    """Send a form that has an error, and return the page that comes back."""
    sent = {**form_of(boss.get(url("client_add"))), "name": "A robot", **fields}
    response = boss.post(url("client_add"), sent)
    assert response.status_code == 200
    assert not Client.objects.exists()
    return response.content.decode()


def test_new_form_shows_name_and_scopes_and_folds_the_rest(boss: HttpClient):
    page = text_of(boss, "client_add")
    folds = folds_in(page)
    assert folds == dict.fromkeys((PROOF, IDENTITY, TOKENS, LIMITS, ABOUT), False)
    unfolded = page.split("<details>")[0]
    assert 'name="name"' in unfolded
    assert "field-granted_scopes" in unfolded
    for name in ("client_id", "auth_methods", "service_account", "token_format", "metadata"):
        assert f'name="{name}"' not in unfolded
        assert f'name="{name}"' in page


def test_each_fold_says_what_holds_by_default(boss: HttpClient):
    page = text_of(boss, "client_add")
    assert re.findall(r"<span>by default: (.*?)</span>", page) == [
        "a secret, which the next page shows once",
        "itself, without Django permissions",
        "opaque, for 1 hour, unless its resource server says otherwise",
        "from any network, as often as it likes",
        "a new id; nobody to ask",
    ]


def test_default_of_the_tokens_is_that_of_the_settings(boss: HttpClient, settings):
    settings.OAUTH_M2M = {
        **settings.OAUTH_M2M,
        "TOKEN_FORMAT": "jwt",
        "ACCESS_TOKEN_LIFETIME": 600,
    }
    page = text_of(boss, "client_add")
    assert "by default: signed, for 10 minutes, unless" in page
    assert "Empty: what its resource servers say, else signed." in page
    assert "Empty: what its resource servers say, else 600 (10 minutes)." in page


@pytest.mark.parametrize(
    "fields,opened",
    [
        ({"name": ""}, []),
        ({"auth_methods": []}, [PROOF]),
        ({"tls_subject_0": "san_ip", "tls_subject_1": "x"}, [PROOF]),
        ({"service_account": "999999"}, [IDENTITY]),
        ({"token_lifetime": "0"}, [TOKENS]),
        ({"rate_limit": "fast"}, [LIMITS]),
        ({"client_id": "a b"}, [ABOUT]),
        ({"metadata": "{", "allowed_networks": "x"}, [LIMITS, ABOUT]),
    ],
    ids=[
        "error in sight",
        "no method",
        "bad certificate subject",
        "unknown account",
        "no lifetime",
        "bad rate",
        "bad id",
        "two errors",
    ],
)
def test_sections_with_errors_are_open(boss: HttpClient, fields, opened: list[str]):
    folds = folds_in(refused(boss, **fields))
    assert [heading for heading, is_open in folds.items() if is_open] == opened


def test_sections_in_which_something_was_chosen_stay_open(boss: HttpClient):
    page = refused(boss, name="", token_lifetime="600", auth_methods=["private_key_jwt"])
    folds = folds_in(page)
    assert [heading for heading, is_open in folds.items() if is_open] == [PROOF, TOKENS]


def test_page_without_scopes_leads_to_the_form_for_one(boss: HttpClient):
    link = f'<a href="{url("scope_add")}">Add the first scope</a>'
    assert link in text_of(boss, "client_add")
    Scope.objects.create(name="orders:read")
    assert link not in text_of(boss, "client_add")


def test_who_may_not_add_scopes_is_not_led_there(sign_in):
    page = text_of(sign_in("add_client"), "client_add")
    assert "Add the first scope" not in page
    assert "There are no scopes yet." in page


def test_client_that_exists_has_its_id_at_the_top_and_its_past_at_the_end(
    boss: HttpClient, registered: Registered
):
    page = text_of(boss, "client_change", registered.client.pk)
    first, last = page.index(registered.client_id), page.index("Tokens valid after")
    assert first < page.index(PROOF) < page.index("So far") < last
    assert "by default:" not in page
