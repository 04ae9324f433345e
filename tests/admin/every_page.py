"""Every page of the app's admin: found by walking its URLs, each with a row to show."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from oauth_m2m.models import (
    AccessToken,
    AuditEvent,
    Client,
    ClientKey,
    ClientScope,
    ClientSecret,
    HandOver,
    ResourceServer,
    Scope,
    TrustedIssuer,
    WorkloadIdentity,
)
from tests.signing_keys import make_key

APP = "oauth_m2m"


@dataclass
class World:
    """One row for each screen, by the name of its model; and what else addresses name."""

    rows: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)

    def address(self, name: str, arguments: tuple[str, ...]) -> str:
        """Return the address of the page *name*."""
        row = self.rows[name.split("_", maxsplit=1)[0]]
        values = {"object_id": row.pk, **{key: row.pk for key, row in self.others.items()}}
        kwargs = {key: values[key] for key in arguments}
        return reverse(f"admin:{APP}_{name}", kwargs=kwargs)


def every_page() -> dict[str, tuple[str, ...]]:
    """Return the names of all pages, without the app's, and the arguments of their addresses."""
    return dict(sorted(_walk()))


def make_world(text: str = "x", owner: Any = None, number: int = 1, shared: str = "") -> World:
    """
    Make a row for each screen, with *text* wherever people write or machines send some.

    What clients have in common has the text *shared*, if that is given.
    """
    now, mark = timezone.now(), f"{text}{number}"
    common = f"{shared}{number}" if shared else mark
    user = owner or get_user_model().objects.create_user(mark)
    server = ResourceServer.objects.create(identifier=f"urn:{number}", name=common)
    scope = Scope.objects.create(name=f"s{number}", description=common, resource_server=server)
    client = Client.objects.create(
        client_id=f"c{number}",
        name=mark,
        description=mark,
        owner=user,
        created_by=user,
        metadata={"note": mark},
        rate_limit="1/s",
    )
    ClientScope.objects.create(client=client, scope=scope)
    client.groups.add(Group.objects.create(name=common))
    secret = ClientSecret.objects.create(
        client=client, key_id=f"k{number}", digest="x", description=mark, created_by=user
    )
    key = ClientKey.objects.create(
        client=client,
        kid=mark,
        public_jwk={"kty": mark},
        sha256_thumbprint="x",
        subject_dn=mark,
        description=mark,
    )
    link = HandOver.objects.create(
        client=client,
        token_digest=mark,
        description=mark,
        created_by=user,
        expires_at=now + timedelta(days=1),
    )
    issuer = TrustedIssuer.objects.create(
        name=common, issuer=common, jwks_uri="https://issuer.example/keys"
    )
    return World(
        rows={
            "accesstoken": AccessToken.objects.create(
                token_hash=mark,
                client=client,
                scope=mark,
                audience=[mark],
                issued_at=now,
                expires_at=now + timedelta(hours=1),
            ),
            "auditevent": AuditEvent.objects.create(
                kind=mark,
                actor_name=mark,
                client=client,
                client_identifier=mark,
                reason=mark,
                detail={"note": mark},
            ),
            "client": client,
            "resourceserver": server,
            "scope": scope,
            "signingkey": make_key(announced=-2, signs=-1),
            "trustedissuer": issuer,
            "workloadidentity": WorkloadIdentity.objects.create(
                issuer=issuer, client=client, subject=mark, conditions={"note": mark}
            ),
        },
        others={"secret_pk": secret, "key_pk": key, "link_pk": link},
    )


def _walk() -> Iterator[tuple[str, tuple[str, ...]]]:
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label != APP:
            continue
        for pattern in model_admin.get_urls():
            # What has no name only leads from a former address to the one of today.
            if pattern.name:
                yield pattern.name.removeprefix(f"{APP}_"), tuple(pattern.pattern.converters)
