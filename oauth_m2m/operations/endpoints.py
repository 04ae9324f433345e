"""Where the token endpoint is: what a person needs beside a new secret."""

from urllib.parse import urljoin

from django.urls import NoReverseMatch, reverse

from oauth_m2m.conf import m2m_settings

__all__ = ["token_url"]


def token_url(base: str = "") -> str | None:
    """
    Return the URL of the token endpoint, or None if the app's URLs are not mounted.

    Its host is that of the setting ISSUER, else that of *base*; with neither it is the
    bare path.
    """
    try:
        path = reverse("oauth_m2m:token")
    except NoReverseMatch:
        return None
    # The path is absolute, so a path that ISSUER has does not come twice.
    return urljoin(m2m_settings.ISSUER or base, path)
