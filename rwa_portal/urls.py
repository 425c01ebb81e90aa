from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import SimpleRouter

from rwa_portal.core import views as core
from rwa_portal.desk import views as desk
from subscriptions.api import SubscriptionViewSet

router = SimpleRouter(trailing_slash=False)
router.register("subscriptions", SubscriptionViewSet)

urlpatterns = [
    path("", desk.home, name="home"),
    path("drafts/<path:name>", core.save_draft, name="save_draft"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include(router.urls)),
]
