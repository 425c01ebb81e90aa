from assets.models.asset import Asset, AssetDocument, AssetMetadata
from assets.models.issuer import Issuer, IssuerMember
from assets.models.proof import CustodyProof

__all__ = ["Asset", "AssetDocument", "AssetMetadata", "CustodyProof", "Issuer", "IssuerMember"]
