"""Import clients and live tokens from django-oauth-toolkit, where that is installed."""
