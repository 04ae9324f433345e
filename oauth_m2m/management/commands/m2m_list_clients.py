"""List the clients, all or those that need a look."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.core.management.base import CommandParser
from django.db.models import Count, Min, Prefetch, Q
from django.utils import timezone

from oauth_m2m.management.base import M2MCommand
from oauth_m2m.management.tables import aligned
from oauth_m2m.management.typed_values import as_json, as_text, period
from oauth_m2m.models import Client, ClientScope

_HEADINGS: Final = (
    "CLIENT ID",
    "NAME",
    "ACTIVE",
    "SCOPES",
    "SECRETS",
    "NEXT EXPIRY",
    "LAST USED",
)
_SCOPES_SHOWN: Final = 3


class Command(M2MCommand):
    """Two queries, however many clients there are."""

    help = "List the clients: their scopes, working secrets, next expiry and last use."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the two questions that keep a list of clients short."""
        super().add_arguments(parser)
        parser.add_argument(
            "--unused-for",
            metavar="DAYS",
            help="Only clients older than this many days that did nothing in these days.",
        )
        parser.add_argument(
            "--expiring-within",
            metavar="DAYS",
            help="Only clients with a secret that stops working within this many days.",
        )

    def handle(self, **options: Any) -> None:
        """List them."""
        clients = _clients(options)
        self.show(options, [_as_data(client) for client in clients], _as_lines(clients, options))


def _clients(options: Mapping[str, Any]) -> list[Client]:
    now = timezone.now()
    unused = period(options["unused_for"], "--unused-for", "days", zero=True)
    expiring = period(options["expiring_within"], "--expiring-within", "days", zero=True)
    clients = Client.objects.all()
    if unused is not None:
        clients = clients.unused_since(now - unused)
    if expiring is not None:
        # In a query of its own: the annotations below must count every secret, not only
        # those that expire.
        clients = clients.filter(
            pk__in=Client.objects.with_secret_expiring_before(now + expiring).values("pk")
        )
    works = Q(secrets__revoked_at=None) & (
        Q(secrets__expires_at=None) | Q(secrets__expires_at__gt=now)
    )
    # The model's own order is left out of a query that counts.
    clients = clients.order_by("name", "client_id")
    grants = ClientScope.objects.select_related("scope").order_by("scope__name")
    return list(
        clients.annotate(
            active_secrets=Count("secrets", filter=works),
            next_secret_expires_at=Min("secrets__expires_at", filter=works),
        ).prefetch_related(Prefetch("scope_grants", queryset=grants, to_attr="listed_grants"))
    )


def _as_data(client: Any) -> dict[str, Any]:
    grants = client.listed_grants
    return {
        "client_id": client.client_id,
        "name": client.name,
        "is_active": client.is_active,
        "scopes": [grant.scope.name for grant in grants],
        "default_scopes": [grant.scope.name for grant in grants if grant.is_default],
        "active_secrets": client.active_secrets,
        "next_secret_expires_at": as_json(client.next_secret_expires_at),
        "last_used_at": as_json(client.last_used_at),
        "created_at": as_json(client.created_at),
    }


def _as_lines(clients: Sequence[Client], options: Mapping[str, Any]) -> list[str]:
    if clients:
        return aligned([_HEADINGS, *map(_as_row, clients)])
    if options["unused_for"] is None and options["expiring_within"] is None:
        return [
            "No clients yet. Register one:",
            "",
            "  python manage.py m2m_create_client NAME --scope SCOPE",
        ]
    return ["No clients match. Without the flags, m2m_list_clients shows them all."]


def _as_row(client: Any) -> tuple[str, ...]:
    return (
        client.client_id,
        client.name,
        "yes" if client.is_active else "no",
        _scopes(client),
        str(client.active_secrets),
        as_text(client.next_secret_expires_at, otherwise="-"),
        as_text(client.last_used_at),
    )


def _scopes(client: Any) -> str:
    names = [grant.scope.name for grant in client.listed_grants]
    more = f" and {len(names) - _SCOPES_SHOWN} more" if len(names) > _SCOPES_SHOWN else ""
    return " ".join(names[:_SCOPES_SHOWN]) + more or "-"
