"""Make clients of the machine applications of django-oauth-toolkit."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import IntegrityError

from oauth_m2m.conf import m2m_settings
from oauth_m2m.contrib.dot.applications import Outcome
from oauth_m2m.contrib.dot.importing import PlannedImport, carry_out, plan_import
from oauth_m2m.contrib.dot.live_tokens import TokensUnusable
from oauth_m2m.management.base import M2MCommand, refused
from oauth_m2m.management.granted_scopes import granted_scopes
from oauth_m2m.management.tables import aligned
from oauth_m2m.management.typed_values import as_json, as_text
from oauth_m2m.models import Scope
from oauth_m2m.models.transactions import our_transaction

_HEADINGS: Final = ("CLIENT ID", "NAME", "RESULT", "SCOPES", "TOKENS", "WHY NOT")
_NOT_INSTALLED: Final = (
    "django-oauth-toolkit is not in INSTALLED_APPS of this project (oauth2_provider), so there is"
    " nothing to import."
)


class Command(M2MCommand):
    """One transaction: all of it, or nothing. Safe to run again and again."""

    help = (
        "Make clients of django-oauth-toolkit's confidential applications with the grant"
        " client-credentials; they keep id and secret."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to import, and what the new clients may do."""
        super().add_arguments(parser)
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would happen, and change nothing."
        )
        parser.add_argument(
            "--tokens",
            action="store_true",
            help="Import the live tokens of these applications too, so that APIs here accept them.",
        )
        # The toolkit knows no scopes of an application, so somebody has to say.
        scopes = parser.add_mutually_exclusive_group(required=True)
        scopes.add_argument(
            "--scope",
            action="append",
            metavar="S",
            help="A scope that each new client gets by default. Repeatable.",
        )
        scopes.add_argument(
            "--scopes-from-tokens",
            action="store_true",
            help="Each new client gets by default the scopes of the tokens that it has had so far.",
        )
        parser.add_argument(
            "--create-scopes",
            action="store_true",
            help="Create the scopes that do not exist yet.",
        )

    def handle(self, **options: Any) -> None:
        """Import, or say what an import would do."""
        if not apps.is_installed("oauth2_provider"):
            raise CommandError(_NOT_INSTALLED)
        try:
            with our_transaction():
                plan = plan_import(scopes=options["scope"], with_tokens=options["tokens"])
                missing = _missing_scopes(plan)
                if not options["dry_run"]:
                    self._carry_out(plan, options)
        except TokensUnusable as error:
            message = f"{error} Nothing was changed; leave --tokens out."
            raise CommandError(message) from None
        except ValidationError as error:
            raise refused(error, {}) from None
        except IntegrityError:
            message = (
                "Somebody else changed the same clients at this moment. Nothing was changed; run"
                " the command again."
            )
            raise CommandError(message) from None
        self.show(options, _as_data(plan, missing, options), _as_lines(plan, missing, options))

    def _carry_out(self, plan: Sequence[PlannedImport], options: Mapping[str, Any]) -> None:
        names = sorted({name for planned in plan for name in planned.scopes})
        scopes = granted_scopes(names, (), create=options["create_scopes"], actor=self.actor)
        carry_out(plan, {scope.name: scope for scope in scopes}, actor=self.actor)


def _missing_scopes(plan: Sequence[PlannedImport]) -> list[str]:
    names = {name for planned in plan for name in planned.scopes}
    return sorted(names.difference(Scope.objects.values_list("name", flat=True)))


def _as_data(
    plan: Sequence[PlannedImport], missing: list[str], options: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "dry_run": options["dry_run"],
        "clients": [
            {
                "client_id": planned.application.client_id,
                "name": planned.application.name,
                "result": planned.application.outcome.value,
                "why": planned.application.why,
                "scopes": list(planned.scopes),
                "new_tokens": len(planned.tokens.new),
                "known_tokens": planned.tokens.known,
                "refused_tokens": dict(planned.tokens.refused),
            }
            for planned in plan
        ],
        "new_clients": _new_clients(plan),
        "new_tokens": _new_tokens(plan),
        "new_scopes": missing,
        "last_token_expires_at": as_json(_last_expiry(plan)),
    }


def _new_clients(plan: Sequence[PlannedImport]) -> int:
    return sum(planned.is_new for planned in plan)


def _new_tokens(plan: Sequence[PlannedImport]) -> int:
    return sum(len(planned.tokens.new) for planned in plan)


def _last_expiry(plan: Sequence[PlannedImport]) -> Any:
    return max(filter(None, (planned.tokens.last_expiry for planned in plan)), default=None)


def _as_lines(
    plan: Sequence[PlannedImport], missing: list[str], options: Mapping[str, Any]
) -> Iterator[str]:
    if not plan:
        yield "django-oauth-toolkit has no applications here. Nothing was changed."
        return
    rows = [_as_row(planned, with_tokens=options["tokens"]) for planned in plan]
    yield from aligned([_HEADINGS, *rows])
    yield ""
    yield _what_happened(plan, options)
    if options["dry_run"] and missing and not options["create_scopes"]:
        yield f"These scopes do not exist yet: {' '.join(missing)}."
        yield "Add --create-scopes, or create them in the admin first."
    for planned in plan:
        if planned.is_new and not planned.scopes:
            yield f"{planned.application.client_id} has had no token, so it gets no scope: grant it"
            yield "some in the admin, or it gets no tokens."
    if any(planned.application.outcome is Outcome.CHANGED for planned in plan):
        yield "A client that changed in django-oauth-toolkit since it was imported stays here as it"
        yield "is. To end it here too, m2m_disable_client; for a new secret, m2m_rotate_secret."
    if (last := _last_expiry(plan)) is not None:
        yield from _how_to_accept(as_text(last))


def _as_row(planned: PlannedImport, *, with_tokens: bool) -> tuple[str, ...]:
    application, tokens = planned.application, planned.tokens
    counts = {"new": len(tokens.new), "known": tokens.known}
    words = [f"{count} {what}" for what, count in counts.items() if count]
    words += [f"not {count} ({why})" for why, count in sorted(tokens.refused.items())]
    return (
        application.client_id,
        application.name,
        application.outcome.value,
        " ".join(planned.scopes) or "-",
        (", ".join(words) or "0") if with_tokens else "-",
        application.why,
    )


def _what_happened(plan: Sequence[PlannedImport], options: Mapping[str, Any]) -> str:
    clients, tokens = _new_clients(plan), _new_tokens(plan)
    if not clients and not tokens:
        return "Nothing is new: nothing was changed."
    new = _counted(clients, "client")
    if options["tokens"]:
        new += f" and {_counted(tokens, 'live token')}"
    if options["dry_run"]:
        return f"Dry run: nothing was changed. Without --dry-run this imports {new}."
    return f"Imported {new}."


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _how_to_accept(until: str) -> Iterator[str]:
    if m2m_settings.ACCEPT_IMPORTED_TOKENS:
        yield f"The last of the imported tokens expires at {until}: take the setting"
        yield "ACCEPT_IMPORTED_TOKENS out after that."
    else:
        yield 'For APIs to accept the imported tokens, set "ACCEPT_IMPORTED_TOKENS": True in'
        yield f"OAUTH_M2M. The last of them expires at {until}: take it out after that."
