// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

/// @title The only store of roles: platform roles by name, asset roles keyed by role and token.
/// @notice Grants and revocations are OpenZeppelin's (`grantRole`, `revokeRole`, `RoleGranted`, `RoleRevoked`); the
/// admin of every role is the timelock.
interface IRoleRegistry is IAccessControl {
    /// @notice A platform role and who gets it, for the constructor.
    struct Grant {
        bytes32 role;
        address account;
    }

    /// @notice `account` may not do this.
    error MissingRole(address account, bytes32 role);
    /// @notice Only the factory grants the first roles of an asset.
    error OnlyFactory(address caller);
    /// @notice The guardian may not touch the timelock's or a guardian's rights.
    error NotOperational(bytes32 role);
    /// @notice A role is never granted to the zero address.
    error ZeroAddress();

    /// @notice Gives the first issuer and custodian of a new asset their roles. Factory only.
    function grantAssetRoles(address token, address issuer, address custodian) external;

    /// @notice Takes an operational role away at once. GUARDIAN only; never the timelock's or a guardian's.
    /// For a role of one asset pass `assetRole(role, token)`. Emits RoleRevoked.
    function revokeOperational(bytes32 role, address account) external;

    /// @notice Whether `account` holds `role` of the asset `token`.
    function hasAssetRole(bytes32 role, address token, address account) external view returns (bool);

    /// @notice The key of a role of one asset: keccak256(abi.encode(role, token)).
    function assetRole(bytes32 role, address token) external pure returns (bytes32);

    /// @notice The timelock: admin of every role, the only one who upgrades, unpauses, closes.
    function timelock() external view returns (address);

    /// @notice The factory, which may grant the first roles of an asset.
    function factory() external view returns (address);
}
