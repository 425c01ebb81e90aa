// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Module} from "../governance/Module.sol";
import {IAssetFactory} from "../interfaces/IAssetFactory.sol";
import {IAssetToken} from "../interfaces/IAssetToken.sol";
import {ICustodyRegistry} from "../interfaces/ICustodyRegistry.sol";
import {Roles} from "../types/Roles.sol";
import {Suite} from "../types/Suite.sol";

/// @title The attested backing of every asset.
/// @custom:oz-upgrades-unsafe-allow constructor state-variable-immutable
contract CustodyRegistry is ICustodyRegistry, Module {
    uint256 private constant LONGEST_VALIDITY = 400 days;

    IAssetFactory private immutable FACTORY;

    mapping(address token => Attestation) private _attestations;

    constructor(Suite memory suite) Module(suite.roles) {
        FACTORY = IAssetFactory(suite.factory);
    }

    /// @inheritdoc ICustodyRegistry
    function attest(address token, bytes32 proofHash, uint96 units, uint96 burnedSeen, uint48 validUntil) external {
        if (!FACTORY.isAsset(token)) revert UnknownAsset(token);
        _requireAssetRoleAlone(Roles.CUSTODIAN, Roles.ISSUER, token);
        if (proofHash == bytes32(0)) revert ZeroProof();
        if (units == 0) revert ZeroAmount();
        uint256 latest = block.timestamp + LONGEST_VALIDITY;
        if (validUntil <= block.timestamp || validUntil > latest) {
            revert InvalidValidity(validUntil, block.timestamp + 1, latest);
        }
        uint256 burned = IAssetToken(token).totalBurned();
        if (burnedSeen > burned) revert BurnedSeenTooHigh(burnedSeen, burned);

        _attestations[token] =
            Attestation({units: units, burnedSeen: burnedSeen, validUntil: validUntil, proofHash: proofHash});
        emit CustodyAttested(token, proofHash, msg.sender, units, burnedSeen, validUntil);
    }

    /// @inheritdoc ICustodyRegistry
    function revoke(address token) external {
        if (!roles.hasAssetRole(Roles.CUSTODIAN, token, msg.sender)) _requireRole(Roles.PAUSER);
        if (_attestations[token].units == 0) revert NotAttested(token);
        delete _attestations[token];
        emit CustodyRevoked(token, msg.sender);
    }

    /// @inheritdoc ICustodyRegistry
    function checkBacking(address token, uint256 mintedAfter) external view {
        Attestation memory attestation = _attestations[token];
        if (attestation.units == 0) revert NotAttested(token);
        if (block.timestamp > attestation.validUntil) revert AttestationExpired(token, attestation.validUntil);
        if (!_covers(attestation, mintedAfter)) {
            revert BackingExceeded(token, mintedAfter - attestation.burnedSeen, attestation.units);
        }
    }

    /// @inheritdoc ICustodyRegistry
    function isBacked(address token, uint256 mintedAfter) external view returns (bool) {
        Attestation memory attestation = _attestations[token];
        return attestation.units != 0 && block.timestamp <= attestation.validUntil && _covers(attestation, mintedAfter);
    }

    /// @inheritdoc ICustodyRegistry
    function attestationOf(address token) external view returns (Attestation memory) {
        return _attestations[token];
    }

    /// @dev Units burned after the certificate still count as minted: burning never gives room back by itself.
    function _covers(Attestation memory attestation, uint256 mintedAfter) private pure returns (bool) {
        return mintedAfter <= uint256(attestation.units) + attestation.burnedSeen;
    }
}
