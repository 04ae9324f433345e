"""Names, descriptions and what machines send are text on every page of the admin."""

from html import unescape
from html.parser import HTMLParser

import pytest
from django.test import Client as HttpClient

from oauth_m2m.models import Client
from tests.admin.every_page import World, every_page, make_world
from tests.admin.pages import form_of, url

pytestmark = pytest.mark.django_db

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
PAGES = [name for name in every_page() if not name.endswith("_add")]


@pytest.fixture
def world(ada) -> World:
    ada.first_name = EVIL
    ada.save()
    return make_world(EVIL)


class Reader(HTMLParser):
    """Reads a page as a browser does, and keeps what it would run of what was typed."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        handlers = [name for name, _value in attrs if name.startswith("on")]
        # The admin loads its scripts, and has none in its pages.
        is_inline = tag == "script" and "src" not in dict(attrs)
        if handlers or is_inline or (tag, dict(attrs).get("src")) == ("img", "x"):
            self.found.append(self.get_starttag_text() or tag)


def is_harmless(page: str) -> bool:
    reader = Reader()
    reader.feed(page)
    return not reader.found


def test_reader_finds_script():
    assert not is_harmless("<p><script>alert(1)</script></p>")
    assert not is_harmless('<a title="" onerror=alert(2)>')
    assert not is_harmless("<img src=x>")
    assert is_harmless('<a title="<img src=x onerror=alert(2)>">&lt;script&gt;</a>')


@pytest.mark.parametrize("name", PAGES)
def test_script_in_a_name_is_text(boss: HttpClient, world: World, name: str):
    response = boss.get(world.address(name, every_page()[name]))
    # A button that only answers POST, or a page that nobody has.
    if response.status_code not in {403, 405}:
        page = response.content.decode()
        assert response.status_code == 200
        assert is_harmless(page)


@pytest.mark.parametrize(
    "name", ["client_changelist", "client_change", "auditevent_change", "workloadidentity_change"]
)
def test_script_that_was_typed_is_shown_as_it_was_typed(boss: HttpClient, world: World, name: str):
    page = boss.get(world.address(name, every_page()[name])).content.decode()
    assert EVIL in unescape(page)


def test_script_in_a_search_is_text(boss: HttpClient, world: World):
    for model in ("client", "scope", "resourceserver", "trustedissuer", "workloadidentity"):
        page = boss.get(url(f"{model}_changelist"), {"q": EVIL}).content.decode()
        assert is_harmless(page), model
        assert EVIL in unescape(page), model


def test_script_in_messages_and_in_the_history_is_text(boss: HttpClient, world: World):
    client: Client = world.rows["client"]
    address = url("client_change", client.pk)
    pages = [
        boss.post(address, {**form_of(boss.get(address)), "description": EVIL * 2}, follow=True),
        boss.post(url("client_disable", client.pk), follow=True),
        boss.post(url("client_revoke_key", client.pk, world.others["key_pk"].pk), follow=True),
        boss.get(url("client_history", client.pk)),
        boss.get("/admin/"),
    ]
    for response in pages:
        page = response.content.decode()
        assert is_harmless(page)
        assert EVIL in unescape(page)


def test_script_in_a_name_is_text_beside_a_new_secret(boss: HttpClient, world: World):
    address = url("client_rotate_secret", world.rows["client"].pk)
    page = boss.post(address, form_of(boss.get(address))).content.decode()
    assert "Client secret" in page
    assert is_harmless(page)


def test_script_in_a_form_that_is_refused_is_text(boss: HttpClient, world: World):
    for name in ("client", "scope", "resourceserver", "trustedissuer", "workloadidentity"):
        typed = dict.fromkeys(
            ("name", "client_id", "issuer", "subject", "identifier", "owner", "client"), EVIL
        )
        response = boss.post(url(f"{name}_add"), {**typed, "metadata": EVIL, "rate_limit": EVIL})
        assert response.status_code == 200, name
        assert is_harmless(response.content.decode()), name


def test_name_in_the_answer_of_autocomplete_is_json(boss: HttpClient, world: World):
    fields = {"app_label": "oauth_m2m", "model_name": "resourceserver"}
    response = boss.get(
        "/admin/autocomplete/", {**fields, "field_name": "introspecting_clients", "term": "script"}
    )
    assert response["Content-Type"] == "application/json"
    assert [row["text"] for row in response.json()["results"]] == [world.rows["client"].name]
