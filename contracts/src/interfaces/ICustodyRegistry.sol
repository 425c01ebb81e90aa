// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IGoverned} from "./IGoverned.sol";

/// @title The attested backing of every asset, with expiry.
interface ICustodyRegistry is IGoverned {
    /// @notice What a custodian attests.
    /// @param units Token units the custody certificate covers.
    /// @param burnedSeen Total burned units the certificate already takes off.
    /// @param validUntil Last second at which it backs a mint.
    /// @param proofHash Hash of the certificate.
    struct Attestation {
        uint96 units;
        uint96 burnedSeen;
        uint48 validUntil;
        bytes32 proofHash;
    }

    /// @notice The asset's backing (the full new value).
    event CustodyAttested(
        address indexed token,
        bytes32 indexed proofHash,
        address indexed custodian,
        uint96 units,
        uint96 burnedSeen,
        uint48 validUntil
    );
    /// @notice The asset has no backing any more.
    event CustodyRevoked(address indexed token, address indexed by);

    /// @notice `validUntil` is past or more than 400 days ahead.
    error InvalidValidity(uint48 validUntil, uint256 earliest, uint256 latest);
    /// @notice The certificate takes off more burned units than were ever burned.
    error BurnedSeenTooHigh(uint96 burnedSeen, uint256 burned);
    /// @notice A certificate needs a hash.
    error ZeroProof();
    /// @notice The asset has no backing: never attested, or revoked.
    error NotAttested(address token);
    /// @notice The backing ran out.
    error AttestationExpired(address token, uint48 validUntil);
    /// @notice More units would be minted than are backed.
    error BackingExceeded(address token, uint256 needed, uint96 units);

    /// @notice Records the asset's backing, in place of any before. CUSTODIAN of the asset who is not its ISSUER.
    function attest(address token, bytes32 proofHash, uint96 units, uint96 burnedSeen, uint48 validUntil) external;

    /// @notice Ends the asset's backing at once. CUSTODIAN of the asset, or PAUSER.
    function revoke(address token) external;

    /// @notice Reverts unless the backing covers `mintedAfter`, the units ever minted after the mint asked for:
    /// mintedAfter - burnedSeen <= units, and it is valid now.
    function checkBacking(address token, uint256 mintedAfter) external view;

    /// @notice Whether `checkBacking` would pass.
    function isBacked(address token, uint256 mintedAfter) external view returns (bool);

    /// @notice The asset's backing; all zero when none.
    function attestationOf(address token) external view returns (Attestation memory);
}
