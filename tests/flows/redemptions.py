"""What people do about redemptions: holders ask and lock, the treasurer settles."""

import re

from django.http import HttpResponse
from django.urls import reverse

from contracts.calls import Encoded
from corporate_actions.models import Redemption
from tests.flows.world import World, key_of, status_of


def ask(world: World, name: str, asset, units: str, least: str = "100", method: str = "USDC") -> HttpResponse:
    """Fill in the page for a new redemption; `least` is USDC as people write it."""
    form = {
        "wallet": world.investor(name).wallets.get().pk,
        "units": units,
        "method": method,
        "least": least,
    }
    return world.browser(name).post(reverse("corporate_actions:new_redemption", args=[asset.pk]), form)


def requested(world: World, name: str, asset, units: str, **form: str) -> Redemption:
    answer = ask(world, name, asset, units, **form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return Redemption.objects.get(pk=re.search(r"[0-9a-f-]{36}", answer.url)[0])


def locked(world: World, name: str, asset, units: str, **form: str) -> Redemption:
    redemption = requested(world, name, asset, units, **form)
    send_shown(world, redemption, name)
    world.settle()
    assert status_of(redemption) == "PENDING"
    return redemption


def page_of(world: World, redemption: Redemption, name: str) -> str:
    page = reverse("corporate_actions:redemption", args=[redemption.pk])
    return world.browser(name).get(page).content.decode()


def shown_call(html: str) -> Encoded:
    """The one transaction that a page offers to the holder's own wallet."""
    [(to, data)] = re.findall(r'data-send data-to="(0x\w{40})" data-call="(0x[0-9a-f]+)"', html)
    return Encoded(to, bytes.fromhex(data[2:]))


def send_shown(world: World, redemption: Redemption, name: str) -> dict:
    return world.node.send(key_of(name), shown_call(page_of(world, redemption, name)))


def settle(world: World, redemption: Redemption, payment: str) -> None:
    """From the admin, as the treasurer."""
    world.decide("treasurer", redemption, "settle", payment=payment)
    world.settle_with_approvals()
    redemption.refresh_from_db()
