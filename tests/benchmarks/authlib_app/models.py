"""The two tables that Authlib's documentation has a project write."""

import time

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from django.db import models


class OAuth2Client(models.Model, ClientMixin):
    """A client whose secret is kept in clear, as in Authlib's own example."""

    client_id = models.CharField(max_length=48, unique=True)
    client_secret = models.CharField(max_length=100)
    user_id = None

    def __str__(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str) -> str:
        """Grant what was asked for."""
        return scope or "a"

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether the secret is the one that was stored."""
        return self.client_secret == client_secret

    def check_endpoint_auth_method(self, _method: str, _endpoint: str) -> bool:
        """Allow every method."""
        return True

    def check_grant_type(self, grant_type: str) -> bool:
        """Allow the grant that is measured."""
        return grant_type == "client_credentials"


class OAuth2Token(models.Model, TokenMixin):
    """A token, in clear."""

    user_id = models.IntegerField(null=True)
    client_id = models.CharField(max_length=48, db_index=True)
    token_type = models.CharField(max_length=40)
    access_token = models.CharField(max_length=255, unique=True)
    scope = models.TextField(default="")
    issued_at = models.FloatField(default=time.time)
    expires_in = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.client_id
