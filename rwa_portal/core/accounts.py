"""How people sign up and sign in: allauth's flows with our limits, trail and encryption."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from rwa_portal.core import log, throttles
from rwa_portal.core.addresses import client_address
from rwa_portal.core.models import AuditEvent, User
from rwa_portal.core.models.person_keys import key_ring


class AccountAdapter(DefaultAccountAdapter):
    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        with transaction.atomic():
            user = super().save_user(request, user, form, commit)
            AuditEvent.record("user.registered", subject=user, by=user, at=timezone.now())
        return user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        address = client_address(request)
        account = f"{credentials.get('email') or credentials.get('username') or ''} {address}"
        self._place = throttles.take(login_account=account, login_address=address)

    def _rollback_login_failed_rl_usage(self) -> None:
        # Who knew the password used up nothing; what failed before still counts.
        throttles.give_back(self._place)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        log.decision("login.failed")

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        log.decision("login.passed", by=str(user.pk))
        return super().post_login(request, user, **kwargs)


class MfaAdapter(DefaultMFAAdapter):
    """Second factors are kept as ciphertext."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(key_ring().wrap(text.encode(), owner="mfa")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return key_ring().unwrap(base64.b64decode(encrypted_text), owner="mfa").decode()
