"""A user model of the host's own."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class PersonManager(BaseUserManager):
    def create_user(self, handle: str, **fields: object) -> "Person":
        person = self.model(handle=handle, **fields)
        person.set_unusable_password()
        person.save()
        return person


class Person(AbstractBaseUser, PermissionsMixin):
    """Nothing but text stands between a person's key and the name of a client."""

    handle = models.CharField(max_length=100, primary_key=True)
    department = models.CharField(max_length=50, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    USERNAME_FIELD = "handle"
    objects = PersonManager()
