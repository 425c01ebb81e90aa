import uuid

from django.conf import settings
from django.db import models

from rwa_portal.core import encryption

ERASED = "[erased]"


class PersonKey(models.Model):
    """The data key of one person. Destroying it makes everything written about them unreadable."""

    person_id = models.UUIDField(primary_key=True)
    wrapped = models.BinaryField()

    def __str__(self) -> str:
        return str(self.person_id)

    @classmethod
    def seal(cls, person_id: uuid.UUID | None, text: str) -> bytes:
        if person_id is None:
            return text.encode()
        new = key_ring().wrap(encryption.new_data_key(), owner=str(person_id))
        row, _ = cls.objects.get_or_create(person_id=person_id, defaults={"wrapped": new})
        return encryption.seal(row._data_key(), text.encode(), context=str(person_id))

    @classmethod
    def unseal(cls, person_id: uuid.UUID | None, sealed: bytes | memoryview) -> str:
        if person_id is None:
            return bytes(sealed).decode()
        row = cls.objects.filter(pk=person_id).first()
        if row is None:
            return ERASED
        return encryption.unseal(row._data_key(), bytes(sealed), context=str(person_id)).decode()

    def _data_key(self) -> bytes:
        return key_ring().unwrap(bytes(self.wrapped), owner=str(self.person_id))


def key_ring() -> encryption.KeyRing:
    return encryption.KeyRing(settings.ENCRYPTION_KEYS)
