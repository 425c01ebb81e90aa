// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IRoleRegistry} from "../interfaces/IRoleRegistry.sol";
import {Roles} from "../types/Roles.sol";

/// @title The only store of roles.
contract RoleRegistry is IRoleRegistry, AccessControlDefaultAdminRules {
    /// @inheritdoc IRoleRegistry
    address public immutable factory;

    /// @param adminDelay Seconds before another timelock can take over.
    /// @param timelock_ The admin of every role.
    /// @param factory_ The factory's proxy.
    /// @param grants The first holders; the deployer is never one.
    constructor(uint48 adminDelay, address timelock_, address factory_, Grant[] memory grants)
        AccessControlDefaultAdminRules(adminDelay, timelock_)
    {
        if (factory_ == address(0)) revert ZeroAddress();
        factory = factory_;
        for (uint256 i = 0; i < grants.length; ++i) {
            _grant(grants[i].role, grants[i].account);
        }
    }

    /// @inheritdoc IRoleRegistry
    function grantAssetRoles(address token, address issuer, address custodian) external {
        if (msg.sender != factory) revert OnlyFactory(msg.sender);
        _grant(Roles.ofAsset(Roles.ISSUER, token), issuer);
        _grant(Roles.ofAsset(Roles.CUSTODIAN, token), custodian);
    }

    /// @inheritdoc IRoleRegistry
    function revokeOperational(bytes32 role, address account) external {
        if (!hasRole(Roles.GUARDIAN, msg.sender)) revert MissingRole(msg.sender, Roles.GUARDIAN);
        if (role == DEFAULT_ADMIN_ROLE || role == Roles.GUARDIAN) revert NotOperational(role);
        _revokeRole(role, account);
    }

    /// @inheritdoc IRoleRegistry
    function hasAssetRole(bytes32 role, address token, address account) external view returns (bool) {
        return hasRole(Roles.ofAsset(role, token), account);
    }

    /// @inheritdoc IRoleRegistry
    function timelock() external view returns (address) {
        return defaultAdmin();
    }

    /// @inheritdoc IRoleRegistry
    function assetRole(bytes32 role, address token) external pure returns (bytes32) {
        return Roles.ofAsset(role, token);
    }

    function _grant(bytes32 role, address account) private {
        if (account == address(0)) revert ZeroAddress();
        _grantRole(role, account);
    }
}
