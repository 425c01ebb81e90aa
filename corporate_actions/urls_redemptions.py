from django.urls import path

from corporate_actions.views import redemptions as views

urlpatterns = [
    path("redemptions/", views.mine, name="redemptions"),
    path("redemptions/new/<uuid:asset_id>", views.new, name="new_redemption"),
    path("redemptions/final/<uuid:asset_id>", views.final, name="final_redemption"),
    path("redemptions/final/<uuid:asset_id>/state", views.final_state, name="final_state"),
    path("redemptions/assets/<uuid:asset_id>", views.of_asset, name="asset_redemptions"),
    path("redemptions/<uuid:redemption_id>", views.redemption, name="redemption"),
    path("redemptions/<uuid:redemption_id>/state", views.state, name="redemption_state"),
    path("redemptions/<uuid:redemption_id>/withdraw", views.withdraw, name="withdraw_redemption"),
    path("redemptions/<uuid:redemption_id>/document", views.document, name="redemption_document"),
]
