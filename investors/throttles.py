from rest_framework.request import Request

from rwa_portal.core.throttles import SlidingWindowThrottle


class KycSessionThrottle(SlidingWindowThrottle):
    """Ten links an hour are enough for anybody who identifies; each costs a call to the provider."""

    limit, window_ms = 10, 3_600_000

    def scope_key(self, request: Request) -> str:
        return f"kyc-session:{request.user.pk}"
