// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Governed} from "./Governed.sol";

/// @title A module of the suite: one proxy for ever, its code upgraded by the timelock only.
/// @custom:oz-upgrades-unsafe-allow constructor
abstract contract Module is Governed, UUPSUpgradeable {
    constructor(address roles_) Governed(roles_) {}

    function _authorizeUpgrade(address) internal view override {
        _requireTimelock();
    }
}
