"""An application model of the host's own."""

from django.db import models
from oauth2_provider.models import AbstractApplication


class MachineApplication(AbstractApplication):
    department = models.CharField(max_length=50, blank=True)

    def is_usable(self, _request: object) -> bool:
        """Whether its department still exists."""
        return self.department != "closed"
