"""The command line with which the owner of a new client gets a first token."""

import shlex

from oauth_m2m import protocol

__all__ = ["first_request"]


def first_request(
    client_id: str, auth_methods: list[str], scope: str, token_url: str | None
) -> list[str]:
    """
    Return lines that say how to get a token; *scope* "" asks for the default scopes.

    The secret is not in them: on a command line it would stay in the shell's history.
    """
    if token_url is None:
        return ['To give out tokens, put path("", include("oauth_m2m.urls")) into your URLs.']
    words = ["curl", "--data", f"grant_type={protocol.CLIENT_CREDENTIALS}"]
    if scope:
        words += ["--data-urlencode", f"scope={scope}"]
    if protocol.CLIENT_SECRET_BASIC in auth_methods:
        heading = "Get a token; curl asks for the secret:"
        words += ["--user", client_id]
        in_body = ""
    else:
        heading = "Get a token, with the secret in the variable CLIENT_SECRET:"
        words += ["--data", f"client_id={client_id}"]
        in_body = ' --data "client_secret=$CLIENT_SECRET"'
    has_host = not token_url.startswith("/")
    url = token_url if has_host else f"https://your-server{token_url}"
    lines = [heading, "", f"  {shlex.join(words)}{in_body} {shlex.quote(url)}"]
    if not has_host:
        lines += ["", "Set ISSUER in OAUTH_M2M to this server's public URL to see it here."]
    return lines
