// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title OpenZeppelin's timelock, with its cancellers named at birth so that no deployer ever administers it.
contract UpgradeTimelock is TimelockController {
    /// @param minDelay Seconds between scheduling and executing.
    /// @param proposers Schedule, and cancel.
    /// @param executors Execute what is due.
    /// @param cancellers Cancel only: the guardians.
    constructor(uint256 minDelay, address[] memory proposers, address[] memory executors, address[] memory cancellers)
        TimelockController(minDelay, proposers, executors, address(0))
    {
        for (uint256 i = 0; i < cancellers.length; ++i) {
            _grantRole(CANCELLER_ROLE, cancellers[i]);
        }
    }
}
