"""How often, by what. One call on Redis holds it (core.throttles): parallel requests cannot pass together."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    count: int
    window_s: int


LIMITS: dict[str, Limit] = {
    "login_account": Limit(10, 300),  # failed attempts on one account from one address
    "login_address": Limit(60, 300),  # failed attempts from one address
    "post": Limit(120, 60),  # POSTs by one principal
    "kyc_session": Limit(10, 3600),  # each one costs money at the vendor
    "webhook": Limit(600, 60),  # deliveries from one address
}
