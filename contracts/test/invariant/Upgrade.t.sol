// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Campaign} from "./Campaign.sol";

/// @title Invariant 19: an upgrade keeps every view's answer but version().
contract Upgrade is Campaign {
    function test_19_an_upgrade_keeps_every_views_answer_but_version() external {
        walk(99, 300);
        bytes32 before = world.answers();
        eq(world.versions(), keccak256(abi.encode("1.0.0", "1.0.0", "1.0.0")), "versions before");

        world.upgradeEverything();

        eq(world.answers(), before, "19 a view answers otherwise after the upgrade");
        eq(world.versions(), keccak256(abi.encode("1.1.0", "1.1.0", "1.1.0")), "versions after");
        world.check23();
        walk(100, 100);
        world.check23();
        world.check16();
    }
}
