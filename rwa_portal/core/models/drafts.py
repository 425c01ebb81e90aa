from django.db import models

from rwa_portal.core.models.users import User


class Draft(models.Model):
    """What a person has typed into a form and not yet sent; sealed under the person's key."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.CharField(max_length=128)
    sealed = models.BinaryField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="draft_once_per_person_and_form")
        ]

    def __str__(self) -> str:
        return self.name
