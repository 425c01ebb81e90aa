from django.urls import path

from rwa_portal.desk import views

app_name = "desk"
urlpatterns = [
    path("approvals/", views.inbox, name="approvals"),
    path("approvals/<uuid:operation_id>", views.approve, name="approve"),
    path("assets/<uuid:asset_id>", views.asset, name="asset"),
]
