from contracts.models.custody import CustodyWallet, NonceLane, Purpose
from contracts.models.deployments import Deployment, DeploymentStep
from contracts.models.notices import CustodyNotice
from contracts.models.operations import FAILED, Attempt, ChainOperation, OperationEvent, State
from contracts.models.roles import RoleFact

__all__ = [
    "FAILED",
    "Attempt",
    "ChainOperation",
    "CustodyNotice",
    "CustodyWallet",
    "Deployment",
    "DeploymentStep",
    "NonceLane",
    "OperationEvent",
    "Purpose",
    "RoleFact",
    "State",
]
