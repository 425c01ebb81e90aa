from django.urls import path

from corporate_actions import urls_redemptions
from corporate_actions.views import dividends

app_name = "corporate_actions"
urlpatterns = [
    path("dividends/", dividends.mine, name="dividends"),
    path("dividends/manage", dividends.manage, name="manage_dividends"),
    path("dividends/new", dividends.new, name="new_dividend"),
    path("dividends/<uuid:distribution_id>", dividends.distribution, name="dividend"),
    path("dividends/<uuid:distribution_id>/state", dividends.state, name="dividend_state"),
    path(
        "dividends/<uuid:distribution_id>/entitlements.csv", dividends.entitlements_csv, name="entitlements"
    ),
    path("dividends/<uuid:distribution_id>/discard", dividends.discard, name="discard_dividend"),
    path("dividends/<uuid:distribution_id>/claim", dividends.claim, name="claim_dividend"),
    path("dividends/<uuid:distribution_id>/claim/state", dividends.claim_state, name="claim_state"),
    path("dividends/<uuid:distribution_id>/claim/send", dividends.send, name="send_dividend"),
    *urls_redemptions.urlpatterns,
]
