// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IGoverned} from "../interfaces/IGoverned.sol";
import {IRoleRegistry} from "../interfaces/IRoleRegistry.sol";
import {Roles} from "../types/Roles.sol";

/// @title Access checks against the role store.
/// @custom:oz-upgrades-unsafe-allow constructor state-variable-immutable
abstract contract Governed is IGoverned {
    /// @inheritdoc IGoverned
    IRoleRegistry public immutable roles;

    constructor(address roles_) {
        if (roles_ == address(0)) revert ZeroAddress();
        roles = IRoleRegistry(roles_);
    }

    function _requireRole(bytes32 role) internal view {
        if (!roles.hasRole(role, msg.sender)) revert MissingRole(msg.sender, role);
    }

    /// @dev For what the guardian may do too: taking away at once.
    function _requireRoleOrGuardian(bytes32 role) internal view {
        if (!roles.hasRole(role, msg.sender) && !roles.hasRole(Roles.GUARDIAN, msg.sender)) {
            revert MissingRole(msg.sender, role);
        }
    }

    function _requireAssetRole(bytes32 role, address token) internal view {
        if (!roles.hasAssetRole(role, token, msg.sender)) revert MissingAssetRole(msg.sender, role, token);
    }

    /// @dev Whoever says the asset is there must not be who creates its units, and the reverse.
    function _requireAssetRoleAlone(bytes32 role, bytes32 other, address token) internal view {
        _requireAssetRole(role, token);
        if (roles.hasAssetRole(other, token, msg.sender)) revert IssuerIsCustodian(msg.sender, token);
    }

    function _requireTimelock() internal view {
        _requireCaller(roles.timelock());
    }

    function _requireCaller(address expected) internal view {
        if (msg.sender != expected) revert OnlyCaller(expected, msg.sender);
    }
}
