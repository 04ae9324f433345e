"""How the challenges of a protected resource begin."""

METADATA = "https://auth.example.com/.well-known/oauth-protected-resource"
BEARER = f'Bearer realm="api", resource_metadata="{METADATA}"'
DPOP = f'DPoP realm="api", resource_metadata="{METADATA}"'
ALGORITHMS = 'algs="ES256 ES384 ES512 EdDSA RS256 RS384 RS512 PS256 PS384 PS512"'
