from django.contrib import admin

from corporate_actions.models import DistributionFact, RedemptionFact
from rwa_portal.core.admin import ReadOnlyAdmin


@admin.register(DistributionFact)
class DistributionFactAdmin(ReadOnlyAdmin):
    list_display = ["seq", "kind", "number", "token", "holder", "amount", "block_number", "block_at"]
    list_filter = ["kind"]
    search_fields = ["=number", "=seq"]


@admin.register(RedemptionFact)
class RedemptionFactAdmin(ReadOnlyAdmin):
    list_display = ["seq", "kind", "number", "token", "holder", "units", "amount", "block_number", "block_at"]
    list_filter = ["kind"]
    search_fields = ["=number", "=seq"]
