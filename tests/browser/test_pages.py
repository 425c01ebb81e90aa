"""Every page as who it is for: nothing in the console, nothing refused, nothing to scroll sideways."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from assets.models import AssetDocument
from investors import actions as investors
from subscriptions import actions as subscriptions
from tests.assets import factories as assets
from tests.browser import held_books, world
from tests.people import AT, in_role
from tests.subscriptions import factories

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "Papers checked."
PUBLIC_TABS = ["asset", "asset_documents"]
TABS = [*PUBLIC_TABS, "asset_orders", "asset_cap_table", "asset_distributions", "asset_redemptions"]
TABS += ["asset_events"]


def test_a_visitors_pages(look, asset):
    names = ["account_login", "account_signup", "account_reset_password", "account_email_verification_sent"]
    look.at(
        "/",
        *(reverse(name) for name in names),
        *(reverse(f"desk:{name}", args=[asset.pk]) for name in PUBLIC_TABS),
        "/dev/mail",
    )
    look.at(reverse("api_docs"))

    assert look.wrong == []


def test_an_investors_pages(look, signed_in, asset, wallet, buyer, officer):
    orders = [factories.order_in(each, asset, wallet, officer) for each in ("REQUESTED", "MINTED", "HELD")]
    challenge = investors.challenge_wallet(
        investor_id=wallet.investor_id, address=world.factories.new_address(), by=buyer, at=AT
    )
    signed_in(buyer)

    look.at("/", *(reverse(f"investors:{name}") for name in ("home", "profile", "identity", "wallets")))
    look.at(reverse("investors:sign", args=[challenge.pk]))
    look.at(
        reverse("orders:offerings"), reverse("orders:orders"), reverse("orders:subscribe", args=[asset.pk])
    )
    look.at(*(reverse("orders:order", args=[order.pk]) for order in orders))
    look.at(reverse("orders:pay", args=[orders[0].pk]), reverse("orders:pay", args=[orders[1].pk]))
    held_books.fill(asset, wallet)
    look.at(reverse("desk:portfolio"), reverse("desk:statement"))
    look.at(reverse("desk:statement") + "?begins=2026-03-01&ends=2026-03-31")
    look.at(*(reverse(f"desk:{name}", args=[asset.pk]) for name in PUBLIC_TABS))
    look.at(reverse("account_email"), reverse("account_logout"), reverse("account_set_password"))
    look.at(reverse("mfa_index"))

    assert look.wrong == []


def test_an_issuers_pages(look, signed_in, suite, officer):
    applicant = assets.person("applicant")
    issuer = assets.registered(applicant, officer)
    draft, submitted = assets.draft(issuer, applicant), assets.submitted(issuer, applicant)
    deed = AssetDocument.objects.get()
    approved = assets.approved(issuer, applicant, in_role("counsel", "legal_reviewer"))
    assets.recorded(approved, officer)
    signed_in(applicant)

    look.at("/", *(reverse(f"issuer:{name}") for name in ("home", "apply", "new_asset")))
    look.at(reverse("issuer:issuer", args=[issuer.pk]))
    look.at(*(reverse("issuer:asset", args=[each.pk]) for each in (draft, submitted, approved)))
    look.at(*(reverse("issuer:step", args=[draft.pk, step]) for step in ("asset", "legal", "economics")))
    look.at(*(reverse(f"issuer:step_{step}", args=[draft.pk]) for step in ("documents", "review")))
    look.at(reverse("issuer:record_proof", args=[approved.pk]))

    assert look.wrong == []
    paper = look.page.request.get(reverse("issuer:download_document", args=[deed.pk]))
    assert paper.body().startswith(b"%PDF")


def test_every_admin_page_and_the_desk(look, signed_in, asset, wallet, officer, second):
    world.fill(asset, wallet, officer)
    paid = factories.order_in("PAID", asset, wallet, officer)
    subscriptions.approve_subscription(subscription_id=paid.pk, by=officer, at=AT, reason=REASON)
    reader = in_role("reader", "compliance_officer", "operations")
    reader.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    signed_in(reader)
    held_books.fill(asset, wallet)
    look.at(reverse("admin:index"), reverse("desk:approvals"))
    look.at(*(reverse(f"desk:{name}", args=[asset.pk]) for name in TABS))
    look.at(reverse("desk:asset_cap_table", args=[asset.pk]) + "?block=12&since=10")
    look.at(reverse("admin:subscriptions_subscription_history", args=[paid.pk]))

    shown = 0
    for page in admin.site._registry.values():
        name = f"admin:{page.opts.app_label}_{page.opts.model_name}"
        row = page.model.objects.first()
        shown += row is not None
        look.at(reverse(f"{name}_changelist"))
        if row is not None:
            look.at(reverse(f"{name}_change", args=[row.pk]))

    assert look.wrong == []
    assert shown >= 20
