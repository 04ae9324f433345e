"""A host app whose application model replaces the one of django-oauth-toolkit."""
