from rwa_portal.desk.views import asset, portfolio
from rwa_portal.desk.views.approvals import approve, inbox
from rwa_portal.desk.views.home import home

__all__ = ["approve", "asset", "home", "inbox", "portfolio"]
