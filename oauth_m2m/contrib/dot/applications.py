"""The applications of django-oauth-toolkit, and which of them can become clients."""

import enum
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError

from oauth_m2m.contrib.dot.stored_secrets import StoredSecret, UnusableSecret, read_stored_secret
from oauth_m2m.credential_format import imported_key_id
from oauth_m2m.models import Client
from oauth_m2m.models.validators import validate_client_id

__all__ = ["FINGERPRINT", "JudgedApplication", "Outcome", "judged_applications"]

FINGERPRINT: Final = "django_oauth_toolkit_secret"
"""The key of a client's metadata that says which hash was imported."""

_LONGEST_NAME: Final = 200
_LONGEST_ID: Final = 255


class Outcome(enum.StrEnum):
    """What an import does with an application."""

    NEW = "new"
    KNOWN = "known"
    CHANGED = "changed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class JudgedApplication:
    """
    An application of the toolkit, and what an import does with it.

    *secret* is there if it is new, *client* if it was imported before; *why* says what
    changed since, or why it is refused.
    """

    pk: Any
    client_id: str
    name: str
    owner_pk: Any
    outcome: Outcome
    why: str = ""
    secret: StoredSecret | None = None
    client: Client | None = None


def judged_applications() -> list[JudgedApplication]:
    """Return all applications of the toolkit's model, or of the project's own, by client id."""
    # The toolkit's models can be imported only where it is installed.
    from oauth2_provider.models import get_application_model  # noqa: PLC0415

    rows = get_application_model()._default_manager.order_by("client_id")  # noqa: SLF001 - the documented way to a model's manager
    return [_judged(application) for application in rows]


def _judged(application: Any) -> JudgedApplication:
    why, secret, client = _obstacle(application), None, None
    if not why:
        try:
            secret = read_stored_secret(
                application.client_secret,
                is_hashed=getattr(application, "hash_client_secret", True),
            )
        except UnusableSecret as unusable:
            why = str(unusable)
    outcome = Outcome.REFUSED if why else Outcome.NEW
    namesake = Client.objects.filter(client_id=application.client_id).first()
    if namesake is not None:
        imported = namesake.secrets.filter(key_id=imported_key_id(namesake.client_id)).first()
        if imported is None:
            outcome = Outcome.REFUSED
            why = why or "another client has its client id already"
        else:
            client = namesake
            noted = str(client.metadata.get(FINGERPRINT, ""))
            if secret is not None and not secret.became(imported, noted):
                why = "its secret is another one now"
            outcome = Outcome.CHANGED if why else Outcome.KNOWN
    return JudgedApplication(
        pk=application.pk,
        client_id=application.client_id,
        name=(application.name or application.client_id)[:_LONGEST_NAME],
        owner_pk=application.user_id,
        outcome=outcome,
        why=why,
        secret=secret,
        client=client,
    )


def _obstacle(application: Any) -> str:
    # The method, not the column: a model of the project's own may allow several grants.
    has_grant = application.allows_grant_type(application.GRANT_CLIENT_CREDENTIALS)
    grant, client_id = application.authorization_grant_type, application.client_id
    obstacles = (
        (not has_grant, f"its grant is {grant}, not {application.GRANT_CLIENT_CREDENTIALS}"),
        (application.client_type != application.CLIENT_CONFIDENTIAL, "it is a public client"),
        (len(client_id) > _LONGEST_ID, f"its client id is longer than {_LONGEST_ID} characters"),
        (not _is_plain(client_id), "its client id has more than letters, digits, '.', '-', '_'"),
        (not _is_usable(application), "its own model says that it is not usable"),
    )
    return next((why for applies, why in obstacles if applies), "")


def _is_plain(client_id: str) -> bool:
    try:
        validate_client_id(client_id)
    except ValidationError:
        return False
    return True


def _is_usable(application: Any) -> bool:
    # A model of the project's own may switch applications off by this method of the toolkit's.
    # Imported as if they were on, they would get tokens again.
    try:
        return bool(application.is_usable(None))
    except AttributeError:  # it looks at the request, and there is none
        return False
