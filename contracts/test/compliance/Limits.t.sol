// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {Limits} from "../../src/types/Compliance.sol";
import {Fixture} from "../base/Fixture.sol";

contract LimitsTest is Fixture {
    function setUp() public override {
        super.setUp();
        (token, escrow) = newAsset("limited", true, Limits(2, 0, uint96(UNIT)));
        attest(token, CAP);
    }

    function limit(uint32 maxHolders, uint48 lockUpUntil, uint96 minHolding) private {
        vm.prank(officer);
        compliance.setLimits(address(token), Limits(maxHolders, lockUpUntil, minHolding));
    }

    function holders() private view returns (uint256) {
        return compliance.holderCount(address(token));
    }

    function test_holders_are_counted_by_person_over_all_wallets() public {
        buy(alice, 10 * UNIT);
        vm.expectEmit(address(compliance));
        emit IComplianceModule.HolderCount(address(token), ALICE_ID, 2, 1);
        send(alice, alice2, 4 * UNIT);
        send(alice, bob, 2 * UNIT);
        eq(holders(), 2, "two persons");
        eq(compliance.walletCount(address(token), ALICE_ID), 2, "two wallets");

        send(alice, alice2, 4 * UNIT);
        send(alice2, bob, 8 * UNIT);
        eq(holders(), 1, "bob alone");
        eq(compliance.walletCount(address(token), ALICE_ID), 0, "no wallet");
    }

    function test_one_person_too_many_is_refused_but_a_seat_may_change_hands() public {
        buy(alice, 10 * UNIT);
        buy(bob, 10 * UNIT);
        vm.expectRevert(err(IComplianceModule.TooManyHolders.selector, address(token), 2));
        vm.prank(alice);
        token.transfer(carol, 5 * UNIT);
        no(token.canTransfer(alice, carol, 5 * UNIT), "the view agrees");
        send(alice, carol, 10 * UNIT);
        send(carol, alice2, 10 * UNIT);
        eq(holders(), 2, "still two");
        send(alice2, alice, 10 * UNIT);
        eq(holders(), 2, "own wallets change nothing");
    }

    function test_a_mint_keeps_the_number_of_holders() public {
        buy(alice, 10 * UNIT);
        buy(bob, 10 * UNIT);
        bytes32 orderId = deposit(orderFor(carol, 10 * UNIT));
        vm.expectRevert(err(IComplianceModule.TooManyHolders.selector, address(token), 2));
        vm.prank(issuer);
        issuance.mint(orderId);
        eq(usdc.balanceOf(address(escrow)), 500e6, "the payment stays");
    }

    function test_a_lock_up_stops_secondary_transfers_only() public {
        limit(0, uint48(NOW + 1 days), 0);
        buy(alice, 10 * UNIT);
        vm.expectRevert(err(IComplianceModule.LockUpActive.selector, address(token), NOW + 1 days));
        vm.prank(alice);
        token.transfer(bob, UNIT);
        vm.warp(NOW + 1 days);
        send(alice, bob, UNIT);
    }

    function test_nobody_keeps_or_gets_less_than_the_minimum() public {
        buy(alice, 10 * UNIT);
        bytes4 refusal = IComplianceModule.BelowMinHolding.selector;
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(refusal, address(token), bob, UNIT - 1, UNIT));
        token.transfer(bob, UNIT - 1);
        vm.expectRevert(abi.encodeWithSelector(refusal, address(token), alice, UNIT - 1, UNIT));
        token.transfer(bob, 9 * UNIT + 1);
        token.transfer(bob, 9 * UNIT);
        token.transfer(bob, UNIT);
        token.transfer(alice, 0);
    }

    function test_a_forced_move_and_a_burn_are_counted_but_never_stopped() public {
        buy(alice, 10 * UNIT);
        buy(bob, 10 * UNIT);
        vm.prank(enforcer);
        token.forcedTransfer(alice, carol, UNIT / 2);
        eq(holders(), 3, "three by order of the law");

        vm.prank(bob);
        uint256 id = redemption.request(address(token), uint96(10 * UNIT), 0);
        vm.prank(treasurer);
        redemption.settle(id, 0);
        eq(holders(), 2, "bob left");
    }

    function testFuzz_holder_counts_equal_a_naive_count(uint256 seed) public {
        limit(0, 0, 0);
        address[4] memory people = [alice, alice2, bob, carol];
        buy(alice, 100 * UNIT);
        for (uint256 i = 0; i < 16; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            address from = people[seed % 4];
            uint256 balance = token.balanceOf(from);
            uint256 amount = seed & 0x100 == 0 ? balance : bound(seed >> 16, 0, balance);
            send(from, people[(seed >> 12) % 4], amount);
        }
        bool aliceHolds = token.balanceOf(alice) + token.balanceOf(alice2) != 0;
        uint256 expected = (aliceHolds ? 1 : 0) + (token.balanceOf(bob) != 0 ? 1 : 0);
        eq(holders(), expected + (token.balanceOf(carol) != 0 ? 1 : 0), "holders");
        uint256 wallets = (token.balanceOf(alice) != 0 ? 1 : 0) + (token.balanceOf(alice2) != 0 ? 1 : 0);
        eq(compliance.walletCount(address(token), ALICE_ID), wallets, "wallets");
    }
}
