// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Fixture} from "../base/Fixture.sol";
import {PlainToken} from "./PlainToken.sol";

/// @title Invariant 20: under a policy that lets everyone receive, the asset's token is OpenZeppelin's ERC20.
contract Erc20Differential is Fixture {
    PlainToken internal plain;
    address[5] internal people;

    function setUp() public override {
        super.setUp();
        plain = new PlainToken();
        people = [alice, alice2, bob, carol, address(0)];
        for (uint256 i = 0; i < 4; ++i) {
            buy(people[i], (i + 1) * 10 * UNIT);
            plain.mint(people[i], (i + 1) * 10 * UNIT);
        }
    }

    /// forge-config: default.fuzz.runs = 64
    /// forge-config: prove.fuzz.runs = 1280
    function testFuzz_20_agrees_with_openzeppelins_erc20_under_an_open_policy(uint256 seed) public {
        for (uint256 i = 0; i < 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _sameAnswer(people[seed % 4], _call(seed >> 8));
            _sameBooks();
        }
    }

    function test_20_the_whole_amount_range_agrees_too() public {
        uint256[5] memory amounts = [uint256(0), 1, 10 * UNIT, 10 * UNIT + 1, type(uint256).max];
        for (uint256 i = 0; i < amounts.length; ++i) {
            _sameAnswer(alice, abi.encodeCall(IERC20.transfer, (bob, amounts[i])));
            _sameAnswer(bob, abi.encodeCall(IERC20.approve, (alice, amounts[i])));
            _sameAnswer(alice, abi.encodeCall(IERC20.transferFrom, (bob, carol, amounts[i])));
            _sameAnswer(alice, abi.encodeCall(IERC20.transfer, (alice, amounts[i])));
            _sameBooks();
        }
    }

    function _call(uint256 seed) private view returns (bytes memory) {
        (address one, address other) = (people[(seed >> 8) % 5], people[(seed >> 16) % 5]);
        uint256 whole = plain.balanceOf(one);
        uint256 amount = [0, 1, whole, whole + 1, whole / 2, type(uint256).max][(seed >> 24) % 6];
        uint256 kind = seed % 4;
        if (kind == 0) return abi.encodeCall(IERC20.approve, (other, amount));
        if (kind == 1) return abi.encodeCall(IERC20.transferFrom, (one, other, amount));
        return abi.encodeCall(IERC20.transfer, (other, amount));
    }

    function _sameAnswer(address caller, bytes memory call) private {
        vm.prank(caller);
        (bool ok, bytes memory answer) = address(token).call(call);
        vm.prank(caller);
        (bool plainOk, bytes memory plainAnswer) = address(plain).call(call);
        yes(ok == plainOk, "20 one passes, the other does not");
        eq(keccak256(answer), keccak256(plainAnswer), "20 another answer or error");
    }

    function _sameBooks() private view {
        eq(token.totalSupply(), plain.totalSupply(), "20 totalSupply");
        for (uint256 i = 0; i < 4; ++i) {
            eq(token.balanceOf(people[i]), plain.balanceOf(people[i]), "20 balanceOf");
            for (uint256 j = 0; j < 4; ++j) {
                eq(token.allowance(people[i], people[j]), plain.allowance(people[i], people[j]), "20 allowance");
            }
        }
    }
}
