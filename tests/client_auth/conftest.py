"""Platforms that vouch for workloads, and how these present it."""

from typing import Any

import pytest
from django.http import HttpResponse

from oauth_m2m.models import TrustedIssuer
from tests.assertions import request_form
from tests.conftest import Registered
from tests.key_server import KeyServer, jwk
from tests.platforms import GITHUB, KUBERNETES, Platform


@pytest.fixture
def trust(db, secure_key_server: KeyServer):
    secure_key_server.publish(jwk("RS256"))

    def trust(issuer: str, **fields: Any) -> Platform:
        uri = secure_key_server.url
        return Platform(TrustedIssuer.objects.create(issuer=issuer, jwks_uri=uri, **fields))

    return trust


@pytest.fixture
def cluster(trust) -> Platform:
    return trust(KUBERNETES)


@pytest.fixture
def github(trust) -> Platform:
    return trust(GITHUB)


@pytest.fixture
def workload(register) -> Registered:
    return register("orders:read", auth_methods=["workload_identity"])


@pytest.fixture
def present(post_token):
    def present(assertion: str, **more: str) -> HttpResponse:
        return post_token({**request_form(assertion), **more})

    return present
