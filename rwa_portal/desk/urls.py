from django.urls import path

from rwa_portal.desk import views

app_name = "desk"
urlpatterns = [
    path("approvals/", views.inbox, name="approvals"),
    path("approvals/<uuid:operation_id>", views.approve, name="approve"),
    path("assets/<uuid:asset_id>", views.asset.asset, name="asset"),
    path("assets/<uuid:asset_id>/documents", views.asset.documents, name="asset_documents"),
    path("assets/<uuid:asset_id>/orders", views.asset.orders, name="asset_orders"),
    path("assets/<uuid:asset_id>/cap-table", views.asset.cap_table, name="asset_cap_table"),
    path("assets/<uuid:asset_id>/cap-table.csv", views.asset.cap_table_csv, name="asset_cap_table_csv"),
    path("assets/<uuid:asset_id>/distributions", views.asset.distributions, name="asset_distributions"),
    path("assets/<uuid:asset_id>/redemptions", views.asset.redemptions, name="asset_redemptions"),
    path("assets/<uuid:asset_id>/events", views.asset.events, name="asset_events"),
    path("portfolio/", views.portfolio.portfolio, name="portfolio"),
    path("portfolio/statement", views.portfolio.statement, name="statement"),
    path("portfolio/statement.csv", views.portfolio.statement_csv_file, name="statement_csv"),
    path("portfolio/statement.pdf", views.portfolio.statement_pdf_file, name="statement_pdf"),
]
