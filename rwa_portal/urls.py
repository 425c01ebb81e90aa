from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from assets import api as assets_api
from assets.views.metadata import metadata
from contracts import api as contracts_api
from corporate_actions import api as corporate_actions_api
from indexer import api as indexer_api
from investors import api as investors_api
from rwa_portal.core import health, metrics
from rwa_portal.core import views as core
from rwa_portal.core.api import problems
from rwa_portal.desk import views as desk
from subscriptions import api as subscriptions_api

public = {"authentication_classes": [], "permission_classes": [AllowAny]}

urlpatterns = [
    path("", desk.home, name="home"),
    path("", include("rwa_portal.desk.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("dev/mail", core.dev_mails, name="dev_mails"),
    path("dev/mail/<uuid:mail_id>", core.dev_mail, name="dev_mail"),
    path("drafts/<path:name>", core.save_draft, name="save_draft"),
    path("accounts/", include("allauth.urls")),
    path("investor/", include("investors.urls")),
    path("orders/", include("subscriptions.urls")),
    path("issuer/", include("assets.urls")),
    path("", include("corporate_actions.urls")),
    re_path("^metadata/(?P<sha256>[0-9a-f]{64})\\.json$", metadata, name="metadata"),
    path("admin/", admin.site.urls),
    path("api/schema", SpectacularAPIView.as_view(**public), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(**public, url_name="schema"), name="api_docs"),
    path(
        "api/",
        include(
            [
                *assets_api.routes,
                *contracts_api.routes,
                *corporate_actions_api.routes,
                *indexer_api.routes,
                *investors_api.routes,
                *subscriptions_api.routes,
            ]
        ),
    ),
    re_path("^api/", problems.no_endpoint),
]
handler400, handler403 = problems.bad_request, problems.forbidden
handler404, handler500 = problems.not_found, problems.fault
