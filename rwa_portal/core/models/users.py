import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone


class NoSuperuser(Exception):
    """Nobody stands above the rights: use `manage.py create_staff --email … --role …`."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person. Without a password nobody can sign in as them until they set one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_service(self, name: str) -> "User":
        user = self.model(service_name=name, email=None)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, *_: Any, **__: Any) -> "User":
        raise NoSuperuser

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail, or the named service a vendor, the clock or the chain acts as."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(
        null=True, unique=True, help_text="What a person signs in with. A service has none."
    )
    service_name = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    is_staff = models.BooleanField(default=False, help_text="May open the staff's pages.")
    is_active = models.BooleanField(default=True, help_text="May sign in.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="created"
    )

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    # Rights are memberships and nobody stands above them: the flag is no column, and setting it does nothing.
    is_superuser = property(lambda self: False, lambda self, value: None)  # type: ignore[assignment]

    audited_fields: ClassVar[tuple[str, ...]] = ("is_staff", "is_active")

    class Meta:
        permissions = [("grant_role", "Can grant and revoke roles")]
        constraints = [
            models.CheckConstraint(
                name="user_email_in_lower_case", condition=Q(email__isnull=True) | Q(email=Lower("email"))
            ),
            models.CheckConstraint(
                name="user_is_a_person_or_a_service",
                condition=Q(email__isnull=True, service_name__isnull=False, is_staff=False)
                | Q(email__isnull=False, service_name__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        # Never the e-mail: this text reaches logs, history and error reports.
        return self.service_name or str(self.pk)

    @classmethod
    def service(cls, name: str) -> "User":
        """Return the service user of conf/service_users.py with this name."""
        return cls.objects.get(service_name=name)

    @property
    def is_service(self) -> bool:
        return self.service_name is not None

    @property
    def person_id(self) -> uuid.UUID | None:
        return None if self.is_service else self.pk

    @property
    def label(self) -> str:
        """What a person reads on a page of the portal."""
        return self.service_name or self.email or str(self.pk)

    def get_full_name(self) -> str:
        return self.label

    def get_short_name(self) -> str:
        return self.label
