// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Order, OrderStatus} from "../../src/types/Orders.sol";
import {Fixture} from "../base/Fixture.sol";

/// @title USDC stands still, or refuses one of the parties: Circle's exact words, nothing moved, and how the money gets
/// out again.
contract CircleRefuses is Fixture {
    bytes internal constant PAUSED = abi.encodeWithSignature("Error(string)", "Pausable: paused");
    bytes internal constant LISTED = abi.encodeWithSignature("Error(string)", "Blacklistable: account is blacklisted");

    function test_while_usdc_is_paused_no_money_moves_and_afterwards_it_goes_back() public {
        bytes32 id = deposit(orderFor(alice, UNIT));
        Order memory order = orderIn(escrow, alice, 2 * UNIT, "second");
        pay(alice, order.payment);
        vm.prank(alice);
        usdc.approve(address(escrow), order.payment);
        circlePauses(true);
        vm.prank(alice);
        vm.expectRevert(PAUSED);
        escrow.deposit(order);
        vm.prank(issuer);
        vm.expectRevert(PAUSED);
        issuance.mint(id);
        vm.prank(issuer);
        vm.expectRevert(PAUSED);
        escrow.cancel(id);
        vm.warp(NOW + 11 days);
        vm.expectRevert(PAUSED);
        escrow.refund(id);
        eq(uint256(escrow.orderOf(id).status), uint256(OrderStatus.Funded), "shown as held");
        eq(token.totalSupply(), 0, "nothing minted");

        circlePauses(false);
        escrow.refund(id);
        eq(usdc.balanceOf(alice), 150e6, "back");
    }

    function test_a_blacklisted_buyers_money_waits_in_escrow_until_circle_clears_him() public {
        bytes32 id = deposit(orderFor(alice, UNIT));
        list_(alice, true);
        vm.warp(NOW + 11 days);
        vm.expectRevert(LISTED);
        escrow.refund(id);
        eq(escrow.accounted(), 50e6, "held");
        list_(alice, false);
        escrow.refund(id);
        eq(usdc.balanceOf(alice), 50e6, "back");
    }

    function test_a_blacklisted_buyers_money_goes_to_the_wallet_that_took_his_place() public {
        bytes32 id = deposit(orderFor(alice, UNIT));
        list_(alice, true);
        vm.prank(enforcer);
        compliance.setSuccessor(alice, alice2);
        vm.warp(NOW + 11 days);
        escrow.refund(id);
        eq(usdc.balanceOf(alice2), 50e6, "to the same person");
    }

    function test_a_blacklisted_escrow_pays_nobody_until_circle_clears_it() public {
        bytes32 id = deposit(orderFor(alice, UNIT));
        Order memory order = orderIn(escrow, alice, UNIT, "second");
        pay(alice, order.payment);
        vm.prank(alice);
        usdc.approve(address(escrow), order.payment);
        list_(address(escrow), true);
        vm.prank(alice);
        vm.expectRevert(LISTED);
        escrow.deposit(order);
        vm.prank(issuer);
        vm.expectRevert(LISTED);
        issuance.mint(id);
        eq(escrow.accounted(), 50e6, "held");
        list_(address(escrow), false);
        vm.prank(issuer);
        issuance.mint(id);
        eq(usdc.balanceOf(payTo), 50e6, "paid");
    }

    function test_a_blacklisted_distributor_keeps_every_share_until_circle_clears_it() public {
        buy(alice, UNIT);
        pay(treasurer, 100e6);
        vm.startPrank(treasurer);
        usdc.approve(suite.dividends, 100e6);
        uint256 id = dividends.declare(address(token), 100e6, uint48(NOW + 30 days));
        list_(suite.dividends, true);
        vm.startPrank(treasurer);
        vm.expectRevert(LISTED);
        dividends.fund(id, 100e6);
        list_(suite.dividends, false);
        vm.prank(treasurer);
        dividends.fund(id, 100e6);
        list_(suite.dividends, true);
        vm.prank(alice);
        vm.expectRevert(LISTED);
        dividends.claim(id);
        dividends.claimFor(list(alice), id);
        eq(dividends.claimable(id, alice), 100e6, "still due");
        list_(suite.dividends, false);
        vm.prank(alice);
        dividends.claim(id);
        eq(usdc.balanceOf(alice), 100e6, "paid");
    }

    function test_a_redemption_circle_refuses_burns_nothing() public {
        buy(alice, UNIT);
        vm.prank(alice);
        uint256 id = redemption.request(address(token), uint96(UNIT), 40e6);
        pay(treasurer, 40e6);
        vm.prank(treasurer);
        usdc.approve(suite.redemption, 40e6);
        circlePauses(true);
        vm.prank(treasurer);
        vm.expectRevert(PAUSED);
        redemption.settle(id, 40e6);
        eq(token.balanceOf(alice), UNIT, "nothing burned");
        eq(token.lockedOf(alice), UNIT, "still locked");
        vm.prank(alice);
        redemption.cancel(id);
        eq(token.freeOf(alice), UNIT, "free again, whatever Circle does");
    }

    function circlePauses(bool paused) private {
        vm.prank(CIRCLE);
        if (paused) usdc.pause();
        else usdc.unpause();
    }

    function list_(address account, bool listed) private {
        vm.stopPrank();
        vm.prank(CIRCLE);
        if (listed) usdc.blacklist(account);
        else usdc.unBlacklist(account);
    }
}
