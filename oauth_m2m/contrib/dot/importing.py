"""Plan an import from django-oauth-toolkit, and carry it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from oauth_m2m.contrib.dot.applications import (
    FINGERPRINT,
    JudgedApplication,
    Outcome,
    judged_applications,
)
from oauth_m2m.contrib.dot.live_tokens import LiveTokens, live_tokens, scopes_of_tokens
from oauth_m2m.contrib.dot.stored_secrets import StoredSecret
from oauth_m2m.models import Client, Scope
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.clients import create_client
from oauth_m2m.operations.credentials import import_secret
from oauth_m2m.operations.tokens import import_tokens
from oauth_m2m.values import Actor

__all__ = ["PlannedImport", "carry_out", "plan_import"]

SOURCE: Final = "django-oauth-toolkit"


@dataclass(frozen=True, slots=True)
class PlannedImport:
    """What an import does with one application; *scopes* is what a new client is granted."""

    application: JudgedApplication
    scopes: tuple[str, ...] = ()
    tokens: LiveTokens = field(default_factory=LiveTokens)

    @property
    def is_new(self) -> bool:
        """Whether it becomes a client."""
        return self.application.outcome is Outcome.NEW


def plan_import(*, scopes: Sequence[str] | None, with_tokens: bool) -> list[PlannedImport]:
    """
    Return what an import would do, and change nothing.

    *scopes* is what each new client is granted; None: the scopes of its tokens so far.
    Raises TokensUnusable.
    """
    applications = judged_applications()
    # Not of those that changed: the toolkit may refuse their tokens by now.
    wanted = [row.pk for row in applications if row.outcome in {Outcome.NEW, Outcome.KNOWN}]
    so_far = scopes_of_tokens(wanted) if scopes is None else {}
    live = live_tokens(wanted) if with_tokens else {}
    return [
        PlannedImport(
            row,
            scopes=_granted(row, so_far.get(row.pk, ()) if scopes is None else scopes),
            tokens=live.get(row.pk) or LiveTokens(),
        )
        for row in applications
    ]


@our_transaction()
def carry_out(plan: Sequence[PlannedImport], scopes: Mapping[str, Scope], *, actor: Actor) -> None:
    """
    Do what *plan* says; *scopes* has every scope that it names.

    Clients that were imported before stay as they are; only their new tokens are added.
    Raises ValidationError, or IntegrityError if somebody else did the same meanwhile.
    """
    for planned in plan:
        application = planned.application
        client = application.client
        if planned.is_new and application.secret is not None:
            granted = {scopes[name]: True for name in planned.scopes}
            client = _create(application, application.secret, granted, actor)
        if client is not None and planned.tokens.new:
            import_tokens(client, planned.tokens.new, source=SOURCE, actor=actor)


def _granted(application: JudgedApplication, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names)) if application.outcome is Outcome.NEW else ()


def _create(
    application: JudgedApplication, secret: StoredSecret, scopes: Mapping[Scope, bool], actor: Actor
) -> Client:
    fingerprint = secret.fingerprint
    client = Client(
        client_id=application.client_id,
        name=application.name,
        description=f"Imported from {SOURCE}.",
        owner_id=application.owner_pk,
        metadata={FINGERPRINT: fingerprint} if fingerprint else {},
    )
    create_client(client, scopes=scopes, actor=actor)
    import_secret(
        client, digest=secret.digest, algorithm=secret.algorithm, source=SOURCE, actor=actor
    )
    return client
