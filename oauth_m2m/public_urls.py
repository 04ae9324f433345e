"""Where the world finds our views: on the issuer's host, never on the Host header's."""

from urllib.parse import urljoin

from django.urls import NoReverseMatch, reverse

from oauth_m2m.conf import m2m_settings

__all__ = ["public_url"]


def public_url(name: str, base: str = "", **arguments: str) -> str | None:
    """
    Return the URL of the view *name* with *arguments*; None if the project did not mount it.

    Without an issuer it stands on *base*, and without that it is a bare path.
    """
    try:
        return urljoin(m2m_settings.ISSUER or base, reverse(f"oauth_m2m:{name}", kwargs=arguments))
    except NoReverseMatch:
        return None
