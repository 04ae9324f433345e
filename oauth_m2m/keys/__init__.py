"""Signing keys, JWK, remote JWKS and certificates: the floor on which signed tokens will stand."""
