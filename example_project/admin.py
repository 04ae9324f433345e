"""Orders in the admin."""

from django.contrib import admin

from example_project.models import Order


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """The list of orders."""

    list_display = ("article", "quantity", "placed_by", "created_at")
