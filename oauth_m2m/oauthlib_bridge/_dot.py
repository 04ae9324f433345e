"""
The one import of django-oauth-toolkit on the issuing side.

Its core class moves in the release after 3.4, and the old path then warns; neither path
loads its models, so the toolkit need not be in ``INSTALLED_APPS``.
"""

try:
    from oauth2_provider.core.backends_oauthlib import OAuthLibCore
except ImportError:
    from oauth2_provider.oauth2_backends import OAuthLibCore

__all__ = ["OAuthLibCore"]
