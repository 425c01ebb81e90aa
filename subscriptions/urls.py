from django.urls import path

from subscriptions import views

app_name = "orders"
urlpatterns = [
    path("", views.orders, name="orders"),
    path("offerings", views.offerings, name="offerings"),
    path("documents/<uuid:document_id>", views.document, name="document"),
    path("new/<uuid:asset_id>", views.subscribe, name="subscribe"),
    path("<uuid:subscription_id>", views.order, name="order"),
    path("<uuid:subscription_id>/pay", views.pay, name="pay"),
    path("<uuid:subscription_id>/pay/signature", views.sign, name="sign"),
    path("<uuid:subscription_id>/refund", views.refund, name="refund"),
    path("<uuid:subscription_id>/state", views.state, name="state"),
]
