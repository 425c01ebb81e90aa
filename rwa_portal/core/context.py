from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, object]:
    """What every page shows of the deployment."""
    return {"portal_env": settings.PORTAL_ENV, "chain_id": settings.CHAIN.chain_id}
