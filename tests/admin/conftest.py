"""People who use the admin."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as HttpClient

from oauth_m2m.models import SigningKey
from tests.signing_keys import make_key


@pytest.fixture
def sign_in(db: None, django_user_model):
    """Sign in a colleague with some permissions: ``sign_in("view_client")``."""

    def sign_in(*codenames: str) -> HttpClient:
        user = django_user_model.objects.create_user("grace", password="hopper", is_staff=True)
        found = Permission.objects.filter(
            content_type__app_label="oauth_m2m", codename__in=codenames
        )
        user.user_permissions.set(found)
        assert user.user_permissions.count() == len(codenames)
        http = HttpClient()
        http.force_login(user)
        return http

    return sign_in


@pytest.fixture
def ada(db: None, django_user_model):
    """A superuser."""
    return django_user_model.objects.create_superuser("ada", password="lovelace")


@pytest.fixture
def boss(ada) -> HttpClient:
    """The browser of a superuser, at an address of documentation."""
    http = HttpClient(REMOTE_ADDR="192.0.2.7")
    http.force_login(ada)
    return http


@pytest.fixture
def old_key(db: None) -> SigningKey:
    """A key that has signed for a while."""
    return make_key(announced=-90, signs=-90)


@pytest.fixture
def editor(django_user_model):
    """A colleague with every permission of the app, who is no superuser."""
    user = django_user_model.objects.create_user("grace", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="oauth_m2m"))
    return user


@pytest.fixture
def limit(settings, editor):
    """Limit the colleague to their own clients, without some permissions."""

    def limit(*without: str) -> None:
        settings.OAUTH_M2M = {**settings.OAUTH_M2M, "OWNERS_SEE_ONLY_THEIR_OWN": True}
        taken = ("view_all_clients", *without)
        editor.user_permissions.remove(*Permission.objects.filter(codename__in=taken))

    return limit


@pytest.fixture
def root(django_user_model):
    """A superuser who is not signed in."""
    return django_user_model.objects.create_superuser("root")


@pytest.fixture
def robot(django_user_model):
    """A user without permissions."""
    return django_user_model.objects.create_user("robot")
