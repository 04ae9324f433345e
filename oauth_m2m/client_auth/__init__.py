"""Who asks? One client authentication method a file."""

from oauth_m2m.client_auth.authenticate import authenticate_client

__all__ = ["authenticate_client"]
