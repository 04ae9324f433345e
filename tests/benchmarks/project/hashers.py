"""The cheapest hasher that django-oauth-toolkit can be told to use."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneRound(PBKDF2PasswordHasher):
    """PBKDF2 with one iteration."""

    iterations = 1
