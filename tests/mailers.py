"""The settings of mail, which have another name since Django 6.1."""

from typing import Any

import django

__all__ = ["send_mail_by"]


def send_mail_by(settings: Any, backend: str, **options: Any) -> None:
    """Let *backend* send the mail; *options* are what it is told, such as ``host``."""
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
        return
    settings.EMAIL_BACKEND = backend
    for name, value in options.items():
        setattr(settings, f"EMAIL_{name.upper()}", value)
