"""
What the subject of a workload identity lets in, in words.

The person who writes a ``*`` shall read who is let in before it counts.
"""

import re
from typing import Final

from django.utils.translation import gettext as _

__all__ = ["in_words", "with_stars_shown"]

_ANYTHING: Final = "‹anything›"  # noqa: RUF001 - these quotes stand in no subject

# https://docs.github.com/en/actions/reference/openid-connect-reference#example-subject-claims
_GITHUB: Final = re.compile(r"repo:([^:/]+)/([^:/]+):(.+)")
_BRANCH: Final = re.compile(r"ref:refs/heads/(.+)")
_TAG: Final = re.compile(r"ref:refs/tags/(.+)")
_ENVIRONMENT: Final = re.compile(r"environment:([^:]+)")
# https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens
_KUBERNETES: Final = re.compile(r"system:serviceaccount:([^:/]+):([^:/]+)")


def in_words(subject: str) -> str:
    """Return who has *subject*, a ``*`` in it shown as what it stands for."""
    if found := _GITHUB.fullmatch(subject):
        return _github(*found.groups())
    if found := _KUBERNETES.fullmatch(subject):
        namespace, account = found.groups()
        return _("%(accounts)s in %(namespaces)s") % {
            "accounts": _one_or_all(
                account, _("the service account %s"), _("every service account")
            ),
            "namespaces": _one_or_all(namespace, _("the namespace %s"), _("every namespace")),
        }
    if subject == "*":
        return _("everybody to whom this issuer gives tokens, but for names with : or /")
    return with_stars_shown(subject)


def with_stars_shown(subject: str) -> str:
    """Return *subject* with a word where each ``*`` is."""
    return subject.replace("*", _ANYTHING)


def _github(owner: str, repository: str, rest: str) -> str:
    repositories = _("%(repositories)s of %(owners)s") % {
        "repositories": _one_or_all(repository, _("the repository %s"), _("every repository")),
        "owners": _one_or_all(owner, "%s", _("every owner on GitHub, strangers included")),
    }
    return _("%(repositories)s, %(runs)s") % {"repositories": repositories, "runs": _runs(rest)}


def _runs(rest: str) -> str:
    if found := _BRANCH.fullmatch(rest):
        branches = _one_or_all(
            found[1], _("the branch %s"), _("every branch without / in its name")
        )
        return _("on %s") % branches
    if found := _TAG.fullmatch(rest):
        return _("on %s") % _one_or_all(found[1], _("the tag %s"), _("every tag without /"))
    if found := _ENVIRONMENT.fullmatch(rest):
        environments = _one_or_all(found[1], _("the environment %s"), _("every environment"))
        return _("in %s") % environments
    if rest == "pull_request":
        return _("in every pull request, whoever opened it")
    return _("in runs with %s") % with_stars_shown(rest)


def _one_or_all(part: str, one: str, every: str) -> str:
    return every if part == "*" else one % with_stars_shown(part)
