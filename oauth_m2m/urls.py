"""
The app's URLs: ``path("", include("oauth_m2m.urls"))`` mounts them all.

To mount the two halves apart, use ``oauth_urlpatterns`` and ``well_known_urlpatterns`` with
the app name ``oauth_m2m``; well-known paths belong to the root of a host.
"""

from django.urls import path

from oauth_m2m.views.authorize import authorize
from oauth_m2m.views.hand_over import hand_over
from oauth_m2m.views.introspection import introspection
from oauth_m2m.views.jwks import jwks
from oauth_m2m.views.metadata import metadata, openid_configuration
from oauth_m2m.views.protected_resource import protected_resource
from oauth_m2m.views.revocation import revocation
from oauth_m2m.views.secret_rotation import rotate_secret
from oauth_m2m.views.secret_scanning import secret_scanning
from oauth_m2m.views.token import token

__all__ = ["oauth_urlpatterns", "well_known_urlpatterns"]

app_name = "oauth_m2m"

oauth_urlpatterns = [
    path("oauth/token", token, name="token"),
    path("oauth/introspect", introspection, name="introspection"),
    path("oauth/revoke", revocation, name="revocation"),
    path("oauth/jwks.json", jwks, name="jwks"),
    path("oauth/authorize", authorize, name="authorize"),
    path("oauth/rotate-secret", rotate_secret, name="rotate_secret"),
    path("oauth/hand-over/<str:token>", hand_over, name="hand_over"),
    path("oauth/secret-scanning", secret_scanning, name="secret_scanning"),
]

# RFC 8414 section 3.1 puts the issuer's path behind the well-known part, and RFC 9728 section
# 3.1 the resource's; OpenID Connect Discovery puts it before.
well_known_urlpatterns = [
    path(".well-known/oauth-authorization-server", metadata, name="metadata"),
    path(".well-known/oauth-authorization-server/<path:issuer_path>", metadata),
    path(".well-known/openid-configuration", openid_configuration, name="openid_configuration"),
    path("<path:issuer_path>/.well-known/openid-configuration", openid_configuration),
    path(".well-known/oauth-protected-resource", protected_resource, name="protected_resource"),
    path(".well-known/oauth-protected-resource/<path:resource_path>", protected_resource),
]

urlpatterns = [*oauth_urlpatterns, *well_known_urlpatterns]
