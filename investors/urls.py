from django.urls import path

from investors import views

app_name = "investors"
urlpatterns = [
    path("", views.home, name="home"),
    path("profile", views.profile, name="profile"),
    path("identity", views.identity, name="identity"),
    path("wallets", views.wallets, name="wallets"),
    path("wallets/sign/<uuid:challenge_id>", views.sign, name="sign"),
    path("wallets/<uuid:wallet_id>/primary", views.make_primary, name="make_primary"),
]
