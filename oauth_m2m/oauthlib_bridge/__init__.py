"""The only place that knows oauthlib, and through ``_dot`` django-oauth-toolkit's core."""
