// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "../base/Test.sol";
import {Handler} from "./Handler.sol";

/// @title Aims forge's random calls at the handler's actions, from a world in the middle of its life.
abstract contract Campaign is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Handler internal world;

    function setUp() public virtual {
        // By name: a test contract that holds the handler's code takes long to compile.
        world = Handler(build("Handler"));
        world.setUp();
        for (uint256 i = 0; i < 12; ++i) {
            world.depositAnOrder(i);
            world.mintAnOrder(i);
            world.requestARedemption(i);
        }
        for (uint256 i = 0; i < 6; ++i) {
            world.declareADividend(i);
            world.fundADividend(i);
        }
    }

    /// @dev Takes actions as forge would, the same ones in every run.
    function walk(uint256 life, uint256 steps) internal {
        bytes4[] memory all = world.actions();
        for (uint256 i = 0; i < steps; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(life, i)));
            (bool ok, bytes memory reason) = address(world).call(abi.encodeWithSelector(all[seed % all.length], seed));
            if (!ok) {
                assembly {
                    revert(add(reason, 0x20), mload(reason))
                }
            }
        }
    }

    function targetContracts() external view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(world);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory all) {
        all = new FuzzSelector[](1);
        all[0] = FuzzSelector(address(world), world.actions());
    }

    function build(string memory name) private returns (address deployed) {
        bytes memory code = vm.getCode(name);
        assembly {
            deployed := create(0, add(code, 0x20), mload(code))
        }
        yes(deployed != address(0), "built");
    }
}
