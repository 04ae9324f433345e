"""Register a client and give it its first secret."""

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from oauth_m2m import protocol
from oauth_m2m.conf import m2m_settings
from oauth_m2m.management.base import M2MCommand, refused
from oauth_m2m.management.granted_scopes import granted_scopes
from oauth_m2m.management.hand_over_links import add_hand_over, is_link_wanted, offer_link
from oauth_m2m.management.key_files import add_key_flags, read_key_files, register_keys
from oauth_m2m.management.lookups import (
    group_named,
    listing,
    near_matches,
    quoted,
    resource_server_at,
    user_named,
)
from oauth_m2m.management.registered_client import as_data, as_lines
from oauth_m2m.management.typed_values import period, whole_number
from oauth_m2m.models import Client, TokenFormat
from oauth_m2m.models.transactions import our_transaction
from oauth_m2m.operations.clients import create_client
from oauth_m2m.operations.credentials import add_secret
from oauth_m2m.operations.hand_overs import OfferedLink, SecretTerms
from oauth_m2m.setting_defaults import DEFAULTS
from oauth_m2m.values import NewSecret

_FLAGS: Final = {
    "name": "NAME",
    "client_id": "--client-id",
    "contact_email": "--contact-email",
    "auth_methods": "--auth-method",
    "allowed_networks": "--allowed-network",
    "rate_limit": "--rate-limit",
    "jwks_uri": "--jwks-uri",
}


class Command(M2MCommand):
    """Nothing is kept unless the client, its scopes and its secret all could be made."""

    help = "Register a client. Its secret is printed once and never again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what can be said of a client."""
        super().add_arguments(parser)
        add = parser.add_argument
        add("name", metavar="NAME", help="What people call it.")
        add("--client-id", metavar="ID", help="Its id on the wire. Default: a random one.")
        _add_repeatable(parser, "--scope", "S", "A scope it gets whenever it asks for none.")
        _add_repeatable(parser, "--optional-scope", "S", "A scope it gets only by asking for it.")
        add(
            "--create-scopes",
            action="store_true",
            help="Create the scopes that do not exist yet instead of refusing them.",
        )
        _add_repeatable(
            parser,
            "--auth-method",
            "M",
            f"How it may authenticate: {' or '.join(DEFAULTS['AUTH_METHODS'])}. Default: the two"
            " with a secret.",
        )
        add_key_flags(parser)
        add(
            "--token-format",
            choices=TokenFormat.values,
            default="",
            help="What its tokens look like. Default: the setting TOKEN_FORMAT.",
        )
        add(
            "--token-lifetime",
            metavar="SECONDS",
            help="How many seconds its tokens live. Default: the setting ACCESS_TOKEN_LIFETIME.",
        )
        _add_repeatable(
            parser,
            "--resource",
            "URI",
            "An API that it may name as audience, beside those that its scopes belong to.",
        )
        _add_repeatable(
            parser,
            "--introspects",
            "URI",
            "An API that it is: it may ask whether a token for that API is valid.",
        )
        add(
            "--service-account",
            metavar="USER",
            help="The name of the user that APIs see as request.user.",
        )
        _add_repeatable(
            parser, "--group", "G", "A group that gives it Django permissions, by its name."
        )
        _add_repeatable(
            parser,
            "--allowed-network",
            "CIDR",
            "A network it may call from, such as 10.0.0.0/8. Default: from anywhere.",
        )
        add(
            "--rate-limit",
            default="",
            metavar="R",
            help="API calls it may make, such as 10/s, 100/min, 1000/h or 5000/day.",
        )
        add(
            "--secret-expires-in",
            metavar="DAYS",
            help="Days until its secret stops working. Default: the setting SECRET_LIFETIME.",
        )
        add(
            "--no-secret",
            action="store_true",
            help="Make no secret now; m2m_rotate_secret makes one later.",
        )
        add_hand_over(parser)
        add("--description", default="", metavar="TEXT", help="What it is for.")
        add(
            "--contact-email",
            default="",
            metavar="E",
            help="Whom to tell before its secret expires.",
        )

    def handle(self, **options: Any) -> None:
        """Register the client that the options describe."""
        lifetime = period(options["secret_expires_in"], "--secret-expires-in", "days")
        if options["no_secret"] and lifetime:
            message = "--secret-expires-in and --no-secret contradict each other. Leave one out."
            raise CommandError(message)
        if options["no_secret"] and is_link_wanted(options):
            message = "--hand-over and --no-secret contradict each other. Leave one out."
            raise CommandError(message)
        keys = read_key_files(options)
        client = _client(options)
        uses_secret = bool({*protocol.SECRET_METHODS}.intersection(client.auth_methods))
        if lifetime and not uses_secret:
            message = "--secret-expires-in is of no use: none of its methods takes a secret."
            raise CommandError(message)
        if is_link_wanted(options) and not uses_secret:
            message = "--hand-over is of no use: none of its methods takes a secret."
            raise CommandError(message)
        groups = [group_named(name) for name in options["group"]]
        resources = [*map(resource_server_at, sorted({*options["resource"]}))]
        introspects = [*map(resource_server_at, sorted({*options["introspects"]}))]
        given: NewSecret | OfferedLink | None = None
        with our_transaction():
            scopes = granted_scopes(
                options["scope"],
                options["optional_scope"],
                create=options["create_scopes"],
                actor=self.actor,
            )
            try:
                create_client(
                    client,
                    scopes=scopes,
                    groups=groups,
                    resource_servers=resources,
                    introspects=introspects,
                    actor=self.actor,
                )
            except ValidationError as error:
                raise refused(error, _FLAGS) from None
            register_keys(client, keys, self.actor)
            if is_link_wanted(options):
                given = offer_link(client, SecretTerms(lifetime=lifetime), options, self.actor)
            elif uses_secret and not options["no_secret"]:
                given = add_secret(client, actor=self.actor, lifetime=lifetime)
        self.show(options, as_data(client, scopes, given), as_lines(client, scopes, given))


def _add_repeatable(parser: CommandParser, flag: str, metavar: str, meaning: str) -> None:
    parser.add_argument(
        flag,
        action="append",
        default=[],
        metavar=metavar,
        help=f"{meaning} May be given several times.",
    )


def _client(options: Mapping[str, Any]) -> Client:
    client = Client(
        name=options["name"].strip(),
        description=options["description"],
        contact_email=options["contact_email"],
        token_format=_issuable(options["token_format"]),
        allowed_networks=options["allowed_network"],
        rate_limit=options["rate_limit"],
        jwks_uri=options["jwks_uri"],
    )
    if options["client_id"] is not None:
        client.client_id = _free_client_id(options["client_id"])
    if options["auth_method"]:
        client.auth_methods = [*dict.fromkeys(map(_auth_method, options["auth_method"]))]
    if options["token_lifetime"] is not None:
        client.token_lifetime = whole_number(options["token_lifetime"], "--token-lifetime")
    if options["service_account"] is not None:
        client.service_account_id = user_named(options["service_account"]).pk
    return client


def _issuable(token_format: str) -> str:
    if token_format == TokenFormat.JWT and not m2m_settings.ISSUER:
        message = (
            "A signed token says who issued it, and OAUTH_M2M has no ISSUER: set it to this"
            " server's public URL first, or leave --token-format out."
        )
        raise CommandError(message)
    return token_format


def _free_client_id(client_id: str) -> str:
    if not Client.objects.filter(client_id=client_id).exists():
        return client_id
    message = (
        f"The client id {quoted(client_id)} is taken. Choose another one, or give that client"
        " a new secret with m2m_rotate_secret."
    )
    raise CommandError(message)


def _auth_method(method: str) -> str:
    enabled = m2m_settings.AUTH_METHODS
    if method in enabled:
        return method
    if method in DEFAULTS["AUTH_METHODS"]:
        message = f"The setting AUTH_METHODS of this server does not allow {method}."
        raise CommandError(message)
    message = (
        f"There is no authentication method {quoted(method)}.{near_matches(method, enabled)}"
        f" {listing('methods', list(enabled))}"
    )
    raise CommandError(message)
