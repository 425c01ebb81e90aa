// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

/// @title What stands behind a proxy of the suite until its module's code is deployed.
/// @notice The deployer may put code behind the proxy; that code knows no deployer, so the right ends with its use.
/// @custom:oz-upgrades-unsafe-allow constructor state-variable-immutable
contract SuitePlaceholder is UUPSUpgradeable {
    /// @notice Only the deployer of the suite may set its code.
    error OnlyDeployer(address deployer, address caller);

    address private immutable DEPLOYER;

    constructor(address deployer) {
        DEPLOYER = deployer;
    }

    function _authorizeUpgrade(address) internal view override {
        if (msg.sender != DEPLOYER) revert OnlyDeployer(DEPLOYER, msg.sender);
    }
}
