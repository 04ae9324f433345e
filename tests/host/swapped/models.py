"""An application model of the host's own."""

from django.db import models
from oauth2_provider.models import AbstractApplication


class MachineApplication(AbstractApplication):
    department = models.CharField(max_length=50, blank=True)
