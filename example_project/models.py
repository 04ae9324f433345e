"""What the orders API serves."""

from django.core.validators import MinValueValidator
from django.db import models


class Order(models.Model):
    """An order for some quantity of an article."""

    article = models.CharField(max_length=100)
    quantity = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    placed_by = models.CharField(max_length=255, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.quantity} x {self.article}"
