"""Who is measured, and against what."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["APIS", "ENDPOINTS", "QUICK", "Contender"]

_GUNICORN: Final = ("gunicorn",)
_BOTH: Final = ("gunicorn", "granian")
_NODE: Final = ("node",)


@dataclass(frozen=True, slots=True)
class Contender:
    """
    One row of a table: *asked* is the name under which ``prepare`` says how it is asked.

    *servers* are those that it runs under, *application* what of the project's ``wsgi`` they
    serve, and *environment* is what its processes have beside the others'.
    """

    name: str
    asked: str
    servers: tuple[str, ...] = _BOTH
    application: str = "application"
    environment: Mapping[str, str] = field(default_factory=dict)


def _m2m(**settings: object) -> dict[str, str]:
    return {"BENCHMARK_M2M": json.dumps(settings)}


_KEEPS_PLANS: Final = {"BENCHMARK_KEEPS_PLANS": "yes"}
_CACHED: Final = _m2m(CLIENT_CACHE_SECONDS=5)
_ONE_ROUND: Final = {"BENCHMARK_HASHER": "tests.benchmarks.project.hashers.OneRound"}


def _signed(algorithm: str, application: str) -> Contender:
    lane = ", fast lane" if application == "lane" else ""
    return Contender(
        f"ours, {algorithm}, CLIENT_CACHE_SECONDS = 5{lane}",
        "signed",
        application=application,
        environment=_m2m(SIGNING_ALGORITHM=algorithm, CLIENT_CACHE_SECONDS=5),
    )


_ALGORITHMS: Final = ("ES256", "EdDSA", "RS256")

ENDPOINTS: Final = (
    Contender("empty view", "empty"),
    Contender("one SELECT and one INSERT, raw SQL", "raw"),
    Contender("one SELECT and one INSERT, raw SQL, plans kept", "raw", environment=_KEEPS_PLANS),
    Contender("ours, opaque", "opaque"),
    Contender("ours, opaque, plans kept", "opaque", environment=_KEEPS_PLANS),
    Contender(
        "ours, opaque, plans kept, CLIENT_CACHE_SECONDS = 5",
        "opaque",
        environment={**_KEEPS_PLANS, **_CACHED},
    ),
    Contender(
        "ours, opaque, plans kept, CLIENT_CACHE_SECONDS = 5, fast lane",
        "opaque",
        application="lane",
        environment={**_KEEPS_PLANS, **_CACHED},
    ),
    Contender("ours, ES256", "signed"),
    Contender("ours, ES256, plans kept", "signed", environment=_KEEPS_PLANS),
    *(_signed(algorithm, "application") for algorithm in _ALGORITHMS),
    *(_signed(algorithm, "lane") for algorithm in _ALGORITHMS),
    Contender("django-oauth-toolkit", "toolkit", _GUNICORN),
    Contender(
        "django-oauth-toolkit, one-round hasher",
        "toolkit one round",
        environment=_ONE_ROUND,
    ),
    Contender(
        "django-oauth-toolkit, one-round hasher, plans kept",
        "toolkit one round",
        environment={**_KEEPS_PLANS, **_ONE_ROUND},
    ),
    Contender("Authlib's Django integration", "authlib"),
    *(
        Contender(f"node-oidc-provider, {form}", "node", _NODE, environment={"FORMAT": form})
        for form in ("opaque", *_ALGORITHMS)
    ),
)

APIS: Final = (
    Contender("without authentication", "open", _GUNICORN),
    Contender("ours, opaque", "api opaque", _GUNICORN),
    Contender("ours, opaque, plans kept", "api opaque", _GUNICORN, environment=_KEEPS_PLANS),
    Contender(
        "ours, opaque, VERIFICATION_CACHE_SECONDS = 5",
        "api opaque",
        _GUNICORN,
        environment=_m2m(VERIFICATION_CACHE_SECONDS=5),
    ),
    Contender("ours, ES256", "api signed", _GUNICORN),
    Contender("django-oauth-toolkit", "api toolkit", _GUNICORN),
    Contender(
        "django-oauth-toolkit, plans kept", "api toolkit", _GUNICORN, environment=_KEEPS_PLANS
    ),
    Contender("DRF's TokenAuthentication", "api rest-token", _GUNICORN),
    Contender("knox", "api knox", _GUNICORN),
    Contender("simplejwt", "api simplejwt", _GUNICORN),
    Contender("simplejwt, stateless", "api simplejwt-stateless", _GUNICORN),
)

# One of each kind of server and request.
QUICK: Final = ("empty view", "ours, opaque", "node-oidc-provider, ES256", "without authentication")
