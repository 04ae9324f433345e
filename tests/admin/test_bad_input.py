"""
A table: what people do wrong, what they are told, and that nothing changes that should not.

What happens in the same moment is in ``test_at_once.py``, what a browser does with a double click
in ``tests/browser``, script in names in ``test_script_in_names.py``, formulas in
``test_csv_export.py``, and each page without its permissions in ``test_permissions.py``.
"""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client as HttpClient
from django.utils import timezone

from oauth_m2m.models import AuditEvent, ClientSecret, HandOver
from oauth_m2m.operations.credentials import revoke_secret, rotate_secret
from oauth_m2m.operations.hand_overs import SecretTerms, claim_hand_over, offer_hand_over
from tests.admin.pages import form_of, secrets_in, url
from tests.conftest import Registered

pytestmark = pytest.mark.django_db

# Refusals leave a line in the trail, and a session its messages; that is no change.
TRACES = (AuditEvent, LogEntry)


class Desk(NamedTuple):
    """What a mistake is made with."""

    boss: HttpClient
    registered: Registered
    actor: Any

    def address(self, name: str, *more: object) -> str:
        return url(name, self.registered.client.pk, *more)

    def opened(self, name: str) -> dict[str, Any]:
        """Open a page, and return what its form would send; a button alone sends nothing."""
        context = self.boss.get(self.address(name)).context or {}
        if "seen" in context:
            return {"seen": context["seen"]}
        return form_of(self.boss.get(self.address(name))) if "form" in context else {}

    def send_twice(self, name: str, **fields: Any) -> HttpResponse:
        """Send one form two times, and return the second answer; the first counts."""
        address = self.address(name)
        sent = {**self.opened(name), **fields}
        self.boss.post(address, sent)
        return self.later(lambda: self.boss.post(address, sent, follow=True))

    def later(self, deed: Callable[[], HttpResponse]) -> HttpResponse:
        """Do what must change nothing, and see that it does not."""
        before = everything()
        response = deed()
        assert everything() == before
        return response


def everything() -> dict[str, Any]:
    models = set(apps.get_app_config("oauth_m2m").get_models()) - set(TRACES)
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in sorted(models, key=lambda model: model.__name__)
    }


@pytest.fixture
def desk(boss: HttpClient, registered: Registered, actor) -> Desk:
    return Desk(boss, registered, actor)


def stale_rotation(desk: Desk) -> HttpResponse:
    address = desk.address("client_rotate_secret")
    opened = form_of(desk.boss.get(address))
    rotate_secret(desk.registered.client, actor=desk.actor, overlap=timedelta(hours=1))
    return desk.later(lambda: desk.boss.post(address, {**opened, "ending": "now"}, follow=True))


def stale_client(desk: Desk) -> HttpResponse:
    address = desk.address("client_change")
    opened = form_of(desk.boss.get(address))
    desk.boss.post(address, {**opened, "name": "First"})
    return desk.later(lambda: desk.boss.post(address, {**opened, "name": "Second"}))


def secret_revoked_meanwhile(desk: Desk) -> HttpResponse:
    secret = ClientSecret.objects.get()
    address = desk.address("client_revoke_secret", secret.pk)
    desk.boss.get(address)
    revoke_secret(secret, actor=desk.actor)
    return desk.later(lambda: desk.boss.post(address, follow=True))


def offered(desk: Desk) -> str:
    link = offer_hand_over(desk.registered.client, SecretTerms(), actor=desk.actor).url
    return link.removeprefix("https://auth.example.com")


def expired_link(desk: Desk) -> HttpResponse:
    path, past = offered(desk), timezone.now() - timedelta(hours=1)
    HandOver.objects.update(created_at=past - timedelta(hours=1), expires_at=past)
    return desk.later(lambda: HttpClient().post(path))


def used_link(desk: Desk) -> HttpResponse:
    path = offered(desk)
    HttpClient().post(path)
    return desk.later(lambda: HttpClient().post(path))


def link_withdrawn_too_late(desk: Desk) -> HttpResponse:
    path = offered(desk)
    address = desk.address("client_withdraw_hand_over", HandOver.objects.get().pk)
    desk.boss.get(address)
    claim_hand_over(path.rstrip("/").rpartition("/")[2], address="192.0.2.9")
    return desk.later(lambda: desk.boss.post(address, follow=True))


def client_registered_twice(desk: Desk) -> HttpResponse:
    address = url("client_add")
    sent = {**form_of(desk.boss.get(address)), "name": "A robot", "client_id": "robot"}
    desk.boss.post(address, sent)
    return desk.later(lambda: desk.boss.post(address, sent))


def nonsense(desk: Desk) -> HttpResponse:
    address = desk.address("client_change")
    sent = {**form_of(desk.boss.get(address)), "allowed_networks": "nowhere"}
    return desk.later(lambda: desk.boss.post(address, sent))


def post_without_permission(name: str, *codenames: str) -> Callable[[Desk], HttpResponse]:
    def post(desk: Desk) -> HttpResponse:
        address = desk.address(name)
        opened = desk.opened(name)
        user = desk.boss.get("/admin/").wsgi_request.user
        # The page is from before, or was never open: the fields are all there.
        user.is_superuser = False
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        return desk.later(
            lambda: desk.boss.post(address, {**opened, "name": "Mine", "post": "yes"})
        )

    return post


MISTAKES: dict[str, tuple[Callable[[Desk], HttpResponse], str]] = {
    "rotation sent twice": (
        lambda desk: desk.send_twice("client_rotate_secret"),
        "The secrets of this client were changed since you opened the page. Nothing was done",
    ),
    "secret added twice": (
        lambda desk: desk.send_twice("client_add_secret"),
        "The secrets of this client were changed since you opened the page. Nothing was done",
    ),
    "link made twice": (
        lambda desk: desk.send_twice("client_add_secret", hand_over="on"),
        "Nothing was done; look at them again and decide anew.",
    ),
    "client disabled twice": (
        lambda desk: desk.send_twice("client_disable"),
        "It was disabled already.",
    ),
    "tokens revoked twice": (
        lambda desk: desk.send_twice("client_revoke_tokens"),
        "Its tokens were revoked since you opened the page. Nothing was done",
    ),
    "client registered twice": (
        client_registered_twice,
        "There is a client with this id already.",
    ),
    "rotation after another's": (
        stale_rotation,
        "The secrets of this client were changed since you opened the page. Nothing was done",
    ),
    "client saved after another": (
        stale_client,
        "This was changed since you opened the page, perhaps by somebody else.",
    ),
    "secret revoked meanwhile": (secret_revoked_meanwhile, "was revoked already."),
    "hand-over link expired": (expired_link, "Ask whoever sent it for a new one."),
    "hand-over link used": (used_link, "Ask whoever sent it for a new one."),
    "hand-over link withdrawn too late": (link_withdrawn_too_late, "was over already"),
    "words that are no network": (nonsense, "nowhere is not a network. Write it like 10.0.0.0/8"),
    "rotation without the permission": (
        post_without_permission("client_rotate_secret", "view_client"),
        "It takes the permission oauth_m2m.rotate_secret.",
    ),
    "revoking without the permission": (
        post_without_permission("client_revoke_tokens", "view_client", "rotate_secret"),
        "It takes the permission oauth_m2m.revoke_token.",
    ),
    "disabling without the permission": (
        post_without_permission("client_disable", "view_client"),
        "It takes the permission oauth_m2m.change_client.",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_ends_in_a_clear_message_and_changes_nothing(desk: Desk, mistake: str):
    make, message = MISTAKES[mistake]
    response = make(desk)
    page = " ".join(unescape(response.content.decode()).split())
    assert message in page
    assert secrets_in(response) == set()
    assert response.status_code in {200, 403, 404}


def test_table_sees_a_change(desk: Desk):
    with pytest.raises(AssertionError):
        desk.later(lambda: desk.boss.post(desk.address("client_disable")))
