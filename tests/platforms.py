"""Platforms that sign who their workloads are, as Kubernetes and GitHub Actions do."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from oauth_m2m.models import TrustedIssuer, WorkloadIdentity
from tests.assertions import without_none
from tests.conftest import Registered
from tests.jose import ISSUER, assemble, private_key
from tests.key_server import jwk

KUBERNETES = "https://kubernetes.default.svc.cluster.local"
GITHUB = "https://token.actions.githubusercontent.com"
POD = "system:serviceaccount:shop:orders"
BRANCH = "repo:acme/orders:ref:refs/heads/main"


@dataclass
class Platform:
    """An issuer that we trust."""

    row: TrustedIssuer

    def token(self, subject: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return a token as the platform would sign it; None takes a claim away."""
        now = int(timezone.now().timestamp())
        told = {"iss": self.row.issuer, "sub": subject, "aud": [ISSUER], "iat": now, "nbf": now}
        claims = without_none({**told, "exp": now + 3600, "jti": "1", **claims})
        header = without_none({"alg": "RS256", "kid": jwk("RS256")["kid"], **(header or {})})
        return assemble(header, claims, private_key("RS256"), "RS256")

    def vouch(self, client: Registered, subject: str, **conditions: Any) -> WorkloadIdentity:
        return WorkloadIdentity.objects.create(
            issuer=self.row, client=client.client, subject=subject, conditions=conditions
        )
