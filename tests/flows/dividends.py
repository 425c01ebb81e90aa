"""What people do about dividends: officers draft, the treasurer declares and funds, holders claim."""

import re
from datetime import timedelta

from django.urls import reverse

from contracts.calls import Encoded
from contracts.models import FAILED, ChainOperation, Purpose
from contracts.wallets import platform
from corporate_actions.models import DividendDistribution
from tests.flows.market import USDC
from tests.flows.world import World, key_of, status_of

YEAR = timedelta(days=365)


def give_treasury(world: World, amount: int) -> None:
    world.give_usdc(platform(Purpose.TREASURER).address, amount)


def draft(world: World, asset, amount: str, *, who: str = "officer.a") -> DividendDistribution:
    """Fill in the page for a new dividend; `amount` is USDC as people write it."""
    form = {
        "asset": asset.pk,
        "amount": amount,
        "distribution_date": str(world.now().date()),
        "expires_at": f"{world.now() + YEAR:%Y-%m-%dT%H:%M}",
    }
    answer = world.browser(who).post(reverse("corporate_actions:new_dividend"), form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return DividendDistribution.objects.get(pk=re.search(r"[0-9a-f-]{36}", answer.url)[0])


def declare(world: World, distribution: DividendDistribution) -> None:
    world.decide("treasurer", distribution, "declare")
    world.settle_with_approvals()
    assert status_of(distribution) == "SNAPSHOTTED"


def fund(world: World, distribution: DividendDistribution, amount: str = "") -> None:
    """From the admin, as the treasurer; empty is all that is missing."""
    world.decide("treasurer", distribution, "fund", amount=amount)
    world.settle_with_approvals()


def opened(world: World, asset, amount: str) -> DividendDistribution:
    distribution = draft(world, asset, amount)
    give_treasury(world, int(amount.replace(",", "")) * USDC)
    declare(world, distribution)
    fund(world, distribution)
    assert status_of(distribution) == "ACTIVE"
    return distribution


def claim_page(world: World, distribution: DividendDistribution, name: str) -> str:
    page = reverse("corporate_actions:claim_dividend", args=[distribution.pk])
    return world.browser(name).get(page).content.decode()


def claim(world: World, distribution: DividendDistribution, name: str) -> dict:
    """Send the one transaction that the investor's page shows."""
    page = claim_page(world, distribution, name)
    [(to, data)] = re.findall(r'data-send data-to="(0x\w{40})" data-call="(0x[0-9a-f]+)"', page)
    return world.node.send(key_of(name), Encoded(to, bytes.fromhex(data[2:])))


def let_the_portal_send(world: World, distribution: DividendDistribution, name: str) -> None:
    page = reverse("corporate_actions:send_dividend", args=[distribution.pk])
    answer = world.browser(name).post(page, {"wallet": key_of(name).address})
    assert answer.status_code == 302
    world.settle()


def living() -> int:
    """How many calls to the chain are under way."""
    return ChainOperation.objects.exclude(state__in=["CONFIRMED", *FAILED]).count()
