// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC7943Fungible} from "../../src/interfaces/IERC7943Fungible.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {IRedemptionModule} from "../../src/interfaces/IRedemptionModule.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";

contract FinalRedemptionTest is Fixture {
    uint48 private constant EXPIRY = uint48(NOW + 365 days);

    function setUp() public override {
        super.setUp();
        excludeTreasury();
        buy(alice, 60 * UNIT);
        buy(bob, 40 * UNIT);
        send(bob, treasury, 10 * UNIT);
        pay(treasurer, 100_000e6);
        vm.prank(treasurer);
        usdc.approve(address(redemption), type(uint256).max);
    }

    function open(uint96 price) private {
        closeToken();
        vm.prank(treasurer);
        redemption.openFinal(address(token), price, EXPIRY);
    }

    function redeem(address holder) private {
        vm.prank(holder);
        redemption.redeemFinal(address(token));
    }

    function test_a_closed_asset_is_funded_fully_and_pays_every_holder() public {
        closeToken();
        vm.expectEmit(address(redemption));
        emit IRedemptionModule.FinalRedemptionOpened(address(token), 55e6, 90 * 55e6, EXPIRY);
        vm.prank(treasurer);
        redemption.openFinal(address(token), 55e6, EXPIRY);
        eq(usdc.balanceOf(address(redemption)), 90 * 55e6, "funded for all but excluded units");
        vm.expectEmit(address(redemption));
        emit IRedemptionModule.FinalRedeemed(address(token), alice, alice, uint96(60 * UNIT), 60 * 55e6);
        redeem(alice);
        redeem(bob);
        eq(usdc.balanceOf(alice), 60 * 55e6, "alice");
        eq(usdc.balanceOf(bob), 30 * 55e6, "bob");
        eq(usdc.balanceOf(address(redemption)), 0, "nothing left");
        vm.prank(treasury);
        redemption.retire(address(token), uint96(10 * UNIT));
        eq(token.totalSupply(), 0, "no units left");
    }

    function test_opening_is_refused_by_name() public {
        vm.startPrank(treasurer);
        vm.expectRevert(err(IRedemptionModule.AssetNotRedeemed.selector, address(token)));
        redemption.openFinal(address(token), 1, EXPIRY);
        vm.expectRevert(err(IGoverned.UnknownAsset.selector, anyone));
        redemption.openFinal(anyone, 1, EXPIRY);
        vm.stopPrank();
        closeToken();
        vm.expectRevert(missing(assetAdmin, Roles.TREASURER));
        vm.prank(assetAdmin);
        redemption.openFinal(address(token), 1, EXPIRY);
        vm.startPrank(treasurer);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        redemption.openFinal(address(token), 0, EXPIRY);
        vm.expectRevert(err(IRedemptionModule.InvalidExpiry.selector, NOW));
        redemption.openFinal(address(token), 1, uint48(NOW));
        uint256 due = 90 * uint256(type(uint96).max);
        vm.expectRevert(err(IRedemptionModule.AmountTooLarge.selector, due));
        redemption.openFinal(address(token), type(uint96).max, EXPIRY);
        redemption.openFinal(address(token), 1e6, EXPIRY);
        vm.expectRevert(err(IRedemptionModule.FinalRedemptionExists.selector, address(token)));
        redemption.openFinal(address(token), 1e6, EXPIRY);
    }

    function test_redeeming_is_refused_by_name() public {
        vm.expectRevert(err(IRedemptionModule.FinalRedemptionClosed.selector, address(token)));
        redeem(alice);
        vm.prank(alice);
        uint256 id = redemption.request(address(token), uint96(UNIT), 0);
        open(50e6);
        vm.expectRevert(err(IRedemptionModule.NothingToRedeem.selector, address(token), carol));
        redeem(carol);
        vm.expectRevert(err(IRedemptionModule.AccountExcluded.selector, address(token), treasury));
        redeem(treasury);
        vm.expectRevert(err(IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector, alice, 60 * UNIT, 59 * UNIT));
        redeem(alice);
        vm.prank(alice);
        redemption.cancel(id);
        redeem(alice);
        eq(usdc.balanceOf(alice), 3000e6, "paid");
    }

    function test_what_nobody_redeems_goes_to_the_assets_own_account_after_expiry() public {
        open(50e6);
        redeem(alice);
        vm.startPrank(treasurer);
        vm.expectRevert(err(IRedemptionModule.NotExpired.selector, address(token), EXPIRY));
        redemption.sweepFinal(address(token));
        vm.warp(EXPIRY + 1);
        vm.expectRevert(err(IRedemptionModule.UnclaimedAccountNotSet.selector, address(token)));
        redemption.sweepFinal(address(token));
        vm.stopPrank();
        vm.prank(assetAdmin);
        factory.setUnclaimedAccount(address(token), carol);
        vm.expectRevert(missing(assetAdmin, Roles.TREASURER));
        vm.prank(assetAdmin);
        redemption.sweepFinal(address(token));
        vm.prank(treasurer);
        redemption.sweepFinal(address(token));
        eq(usdc.balanceOf(carol), 1500e6, "bob's money");
        vm.expectRevert(err(IRedemptionModule.FinalRedemptionClosed.selector, address(token)));
        redeem(bob);
        vm.expectRevert(err(IRedemptionModule.FinalRedemptionClosed.selector, address(token)));
        vm.prank(treasurer);
        redemption.sweepFinal(address(token));
    }

    function testFuzz_the_pot_always_pays_everyone(uint96 price, uint256 sent) public {
        price = uint96(bound(price, 1, 500e6));
        send(alice, carol, bound(sent, 1, 60 * UNIT - 1));
        open(price);
        redeem(alice);
        redeem(bob);
        redeem(carol);
        yes(usdc.balanceOf(address(redemption)) <= 3, "only dust is left");
        eq(redemption.finalRedemptionOf(address(token)).remaining, usdc.balanceOf(address(redemption)), "accounted");
    }
}
