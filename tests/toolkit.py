"""Applications and tokens of django-oauth-toolkit, as it makes them itself."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, PBKDF2PasswordHasher
from django.utils import timezone
from oauth2_provider.generators import generate_client_id, generate_client_secret
from oauth2_provider.models import get_access_token_model, get_application_model

SECRET = generate_client_secret()


class QuickPBKDF2(PBKDF2PasswordHasher):
    """Django's default hasher, but for how long it takes."""

    iterations = 1000


class WithoutLibrary(BasePasswordHasher):
    """A hasher whose library is not installed."""

    algorithm = "without_library"
    library = "a_library_that_is_not_there"

    def verify(self, *_password_and_hash: str) -> bool:
        return self._load_library() is None


HASHERS = [
    f"{__name__}.QuickPBKDF2",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.MD5PasswordHasher",
    f"{__name__}.WithoutLibrary",
]


def make_application(**fields: Any):
    """Save a machine's application whose secret is SECRET, unless *fields* say otherwise."""
    model = get_application_model()
    return model.objects.create(
        **{
            "name": "Nightly",
            "client_type": model.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": model.GRANT_CLIENT_CREDENTIALS,
            "client_secret": SECRET,
            **fields,
        }
    )


def make_token(application, scope: str = "orders:read", **fields: Any) -> str:
    """Save a token that lives for an hour, unless *fields* say otherwise, and return it."""
    clear = fields.pop("token", None) or generate_client_id()
    get_access_token_model().objects.create(
        **{
            "application": application,
            "token": clear,
            "scope": scope,
            "expires": timezone.now() + timedelta(hours=1),
            **fields,
        }
    )
    return clear
