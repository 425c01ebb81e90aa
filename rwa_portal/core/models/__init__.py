from rwa_portal.core.models.api_keys import ApiKey
from rwa_portal.core.models.audit import AuditCheckpoint, Audited, AuditEvent, AuditSeal
from rwa_portal.core.models.documents import Document, DocumentChunk
from rwa_portal.core.models.drafts import Draft
from rwa_portal.core.models.mail import Mail
from rwa_portal.core.models.notices import Outcome
from rwa_portal.core.models.person_keys import ERASED, PersonKey
from rwa_portal.core.models.requests import Approval, IdempotencyKey
from rwa_portal.core.models.role_changes import RoleChange
from rwa_portal.core.models.users import NoSuperuser, User

__all__ = [
    "ERASED",
    "ApiKey",
    "Approval",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditSeal",
    "Audited",
    "Document",
    "DocumentChunk",
    "Draft",
    "IdempotencyKey",
    "Mail",
    "NoSuperuser",
    "Outcome",
    "PersonKey",
    "RoleChange",
    "User",
]
