// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The names of every role of the platform.
/// @notice A platform role is stored under its name's hash. A role of one asset is stored under
/// `keccak256(abi.encode(ROLE, token))`, so holding ISSUER for one asset says nothing about another.
library Roles {
    /// @notice Deploys assets, sets their price, payee and unclaimed-funds account.
    bytes32 internal constant ASSET_ADMIN = keccak256("ASSET_ADMIN");
    /// @notice Declares, funds, cancels and sweeps dividends; pays redemptions.
    bytes32 internal constant TREASURER = keccak256("TREASURER");
    /// @notice Writes profiles, allowlist, sanctions, policies, limits; approves receipts; holds dividends.
    bytes32 internal constant COMPLIANCE = keccak256("COMPLIANCE");
    /// @notice Freezes and unfreezes wallets and units.
    bytes32 internal constant FREEZER = keccak256("FREEZER");
    /// @notice Moves units by legal order, names successors of lost wallets, cancels redemptions.
    bytes32 internal constant ENFORCER = keccak256("ENFORCER");
    /// @notice Pauses an asset, revokes its backing.
    bytes32 internal constant PAUSER = keccak256("PAUSER");
    /// @notice Links approved plain transfers to orders, or returns them.
    bytes32 internal constant ESCROW_OPERATOR = keccak256("ESCROW_OPERATOR");
    /// @notice May only take away: revokes operational roles, pauses, stops successors.
    bytes32 internal constant GUARDIAN = keccak256("GUARDIAN");

    /// @notice One asset: mints paid orders, cancels them, adds documents.
    bytes32 internal constant ISSUER = keccak256("ISSUER");
    /// @notice One asset: attests the custody of what backs it.
    bytes32 internal constant CUSTODIAN = keccak256("CUSTODIAN");

    /// @notice The key under which `role` of one asset is stored.
    function ofAsset(bytes32 role, address token) internal pure returns (bytes32) {
        return keccak256(abi.encode(role, token));
    }
}
