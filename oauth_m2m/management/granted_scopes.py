"""The scopes that somebody grants on a command line: by default, or when asked for."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from oauth_m2m.management.base import refused
from oauth_m2m.management.lookups import listing, near_matches, quoted
from oauth_m2m.models import Scope
from oauth_m2m.operations.resources import save_resource
from oauth_m2m.values import Actor

__all__ = ["granted_scopes"]


def granted_scopes(
    default: Sequence[str], optional: Sequence[str], *, create: bool, actor: Actor
) -> dict[Scope, bool]:
    """
    Return the scopes, each with whether it is a default.

    Those that do not exist are created if *create*. Raises CommandError for one that is named
    twice, is unknown, or cannot be created.
    """
    if both := sorted({*default} & {*optional}):
        message = (
            f"--scope and --optional-scope both name {', '.join(both)}. A scope is granted by"
            " default or when asked for: choose one."
        )
        raise CommandError(message)
    wanted = sorted({*default, *optional})
    existing = {scope.name: scope for scope in Scope.objects.filter(name__in=wanted)}
    missing = [name for name in wanted if name not in existing]
    if missing and not create:
        raise _unknown_scopes(missing)
    for name in missing:
        existing[name] = _new_scope(name, actor)
    return {existing[name]: name in default for name in wanted}


def _unknown_scopes(missing: list[str]) -> CommandError:
    names = list(Scope.objects.values_list("name", flat=True))
    problems = [
        f"No scope is called {quoted(name)}.{near_matches(name, names)}" for name in missing
    ]
    if any(len(name.split()) > 1 for name in missing):
        problems.append("Give each scope its own --scope.")
    advice = "Create it in the admin first, or add --create-scopes. Nothing was changed."
    return CommandError("\n".join([*problems, listing("scopes", names), advice]))


def _new_scope(name: str, actor: Actor) -> Scope:
    scope = Scope(name=name)
    try:
        save_resource(scope, actor=actor)
    except ValidationError as error:
        raise refused(error, {"name": f"The scope {quoted(name)}"}) from None
    return scope
