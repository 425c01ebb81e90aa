from rwa_portal.core.throttles import KycSessionThrottle

__all__ = ["KycSessionThrottle"]  # each link costs a call to the provider; the number is in conf/limits.py
