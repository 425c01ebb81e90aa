// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {IDividendDistributor} from "../../src/interfaces/IDividendDistributor.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";

contract DividendDistributorTest is Fixture {
    uint48 private constant EXPIRY = uint48(NOW + 180 days);

    function setUp() public override {
        super.setUp();
        buy(alice, 60 * UNIT);
        buy(bob, 40 * UNIT);
    }

    function declare(uint96 amount) private returns (uint256) {
        vm.prank(treasurer);
        return dividends.declare(address(token), amount, EXPIRY);
    }

    function fund(uint256 id, uint96 amount) private {
        pay(treasurer, amount);
        vm.startPrank(treasurer);
        usdc.approve(address(dividends), amount);
        dividends.fund(id, amount);
        vm.stopPrank();
    }

    function open(uint96 amount) private returns (uint256 id) {
        id = declare(amount);
        fund(id, amount);
    }

    function wrongStatus(uint256 id, IDividendDistributor.DividendStatus status) private pure returns (bytes memory) {
        return err(IDividendDistributor.WrongDividendStatus.selector, id, uint256(status));
    }

    function test_holders_are_paid_what_they_held_when_it_was_declared() public {
        vm.expectEmit(address(dividends));
        emit IDividendDistributor.DividendDeclared(1, address(token), 1, 100e6, EXPIRY, uint96(100 * UNIT));
        uint256 id = declare(100e6);
        send(alice, carol, 60 * UNIT);
        fund(id, 100e6);
        eq(dividends.claimable(id, alice), 60e6, "claimable");
        vm.expectEmit(address(dividends));
        emit IDividendDistributor.DividendClaimed(id, address(token), alice, alice, 60e6);
        vm.prank(alice);
        dividends.claim(id);
        vm.prank(bob);
        dividends.claim(id);
        eq(usdc.balanceOf(alice), 60e6, "alice");
        eq(usdc.balanceOf(bob), 40e6, "bob");
        eq(dividends.claimable(id, alice), 0, "nothing more");
        vm.expectRevert(err(IDividendDistributor.NothingToClaim.selector, id, carol));
        vm.prank(carol);
        dividends.claim(id);
    }

    function test_claims_open_when_the_declared_amount_is_there() public {
        uint256 id = declare(100e6);
        vm.expectRevert(wrongStatus(id, IDividendDistributor.DividendStatus.Declared));
        vm.prank(alice);
        dividends.claim(id);
        fund(id, 60e6);
        vm.expectRevert(wrongStatus(id, IDividendDistributor.DividendStatus.Declared));
        vm.prank(alice);
        dividends.claim(id);
        pay(treasurer, 40e6);
        vm.startPrank(treasurer);
        usdc.approve(address(dividends), 40e6);
        vm.expectEmit(address(dividends));
        emit IDividendDistributor.DividendFunded(id, treasurer, 40e6, 100e6);
        vm.expectEmit(address(dividends));
        emit IDividendDistributor.DividendOpened(id);
        dividends.fund(id, 40e6);
        vm.stopPrank();
        vm.prank(alice);
        dividends.claim(id);
        eq(usdc.balanceOf(alice), 60e6, "paid");
    }

    function test_bad_declarations_are_refused_by_name() public {
        vm.expectRevert(missing(issuer, Roles.TREASURER));
        vm.prank(issuer);
        dividends.declare(address(token), 1, EXPIRY);
        vm.startPrank(treasurer);
        vm.expectRevert(err(IGoverned.UnknownAsset.selector, anyone));
        dividends.declare(anyone, 1, EXPIRY);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        dividends.declare(address(token), 0, EXPIRY);
        vm.expectRevert(err(IDividendDistributor.InvalidExpiry.selector, NOW));
        dividends.declare(address(token), 1, uint48(NOW));
        vm.stopPrank();
        eq(token.snapshotId(), 0, "no snapshot taken");
        closeToken();
        vm.expectRevert(IAssetToken.AssetIsRedeemed.selector);
        vm.prank(treasurer);
        dividends.declare(address(token), 1, EXPIRY);
    }

    function test_nobody_entitled_means_no_dividend() public {
        excludeTreasury();
        send(alice, treasury, 60 * UNIT);
        send(bob, treasury, 40 * UNIT);
        vm.expectRevert(err(IDividendDistributor.NoEligibleSupply.selector, address(token)));
        vm.prank(treasurer);
        dividends.declare(address(token), 1, EXPIRY);
    }

    function test_excluded_units_take_no_share() public {
        excludeTreasury();
        send(alice, treasury, 60 * UNIT);
        uint256 id = open(100e6);
        eq(dividends.claimable(id, bob), 100e6, "bob takes all");
        vm.expectRevert(err(IDividendDistributor.NothingToClaim.selector, id, treasury));
        vm.prank(treasury);
        dividends.claim(id);
    }

    function test_funding_is_refused_by_name() public {
        uint256 id = declare(100e6);
        vm.expectRevert(missing(issuer, Roles.TREASURER));
        vm.prank(issuer);
        dividends.fund(id, 1);
        vm.startPrank(treasurer);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        dividends.fund(id, 0);
        vm.expectRevert(wrongStatus(9, IDividendDistributor.DividendStatus.None));
        dividends.fund(9, 1);
        vm.stopPrank();
        pay(treasurer, 101e6);
        vm.startPrank(treasurer);
        usdc.approve(address(dividends), 101e6);
        vm.expectRevert(
            abi.encodeWithSelector(IDividendDistributor.AboveDeclared.selector, id, uint256(101e6), uint96(100e6))
        );
        dividends.fund(id, 101e6);
        dividends.fund(id, 50e6);
        vm.stopPrank();
        vm.prank(address(timelock));
        registry.grantRole(Roles.TREASURER, anyone);
        vm.expectRevert(err(IDividendDistributor.FunderDiffers.selector, id, treasurer));
        vm.prank(anyone);
        dividends.fund(id, 1);
        eq(dividends.dividendOf(id).funded, 50e6, "funded");
    }

    function test_a_holder_is_paid_once() public {
        uint256 id = open(100e6);
        uint256[] memory twice = new uint256[](2);
        twice[0] = id;
        twice[1] = id;
        vm.startPrank(alice);
        vm.expectRevert(err(IDividendDistributor.AlreadyClaimed.selector, id, alice));
        dividends.claimMany(twice);
        dividends.claim(id);
        vm.expectRevert(err(IDividendDistributor.AlreadyClaimed.selector, id, alice));
        dividends.claim(id);
        yes(dividends.isClaimed(id, alice), "claimed");
    }

    function test_several_dividends_are_claimed_in_one_call() public {
        uint256[] memory ids = new uint256[](2);
        ids[0] = open(100e6);
        ids[1] = open(50e6);
        vm.prank(alice);
        dividends.claimMany(ids);
        eq(usdc.balanceOf(alice), 90e6, "both");
    }

    function test_one_holder_who_cannot_be_paid_does_not_stop_the_others() public {
        uint256 id = open(100e6);
        sanction(alice);
        vm.prank(CIRCLE);
        usdc.blacklist(carol);
        address[] memory holders = new address[](3);
        (holders[0], holders[1], holders[2]) = (alice, bob, carol);
        vm.expectEmit(address(dividends));
        emit IDividendDistributor.DividendClaimSkipped(
            id, alice, err(IComplianceModule.WalletIsSanctioned.selector, alice)
        );
        vm.prank(anyone);
        dividends.claimFor(holders, id);
        eq(usdc.balanceOf(bob), 40e6, "bob is paid");
        no(dividends.isClaimed(id, alice), "alice may claim later");
        vm.expectRevert(onlyCaller(address(dividends), anyone));
        vm.prank(anyone);
        dividends.claimOne(id, alice);
    }

    function test_a_claim_follows_the_successor_of_a_lost_wallet() public {
        uint256 id = open(100e6);
        vm.prank(enforcer);
        compliance.setSuccessor(alice, alice2);
        vm.warp(NOW + 7 days);
        vm.prank(anyone);
        dividends.claimFor(list(alice), id);
        eq(usdc.balanceOf(alice2), 60e6, "successor");
    }

    function test_claims_pass_a_pause_and_the_end_of_the_asset() public {
        uint256 id = open(100e6);
        closeToken();
        vm.prank(alice);
        dividends.claim(id);
        eq(usdc.balanceOf(alice), 60e6, "paid");
    }

    function test_what_expired_goes_to_the_assets_own_account_except_what_is_held() public {
        uint256 id = open(100e6);
        uint256 other = open(10e6);
        vm.startPrank(officer);
        vm.expectEmit(address(dividends));
        emit IDividendDistributor.DividendHeld(id, bob, 40e6);
        dividends.hold(id, bob);
        vm.expectRevert(err(IDividendDistributor.AlreadyHeld.selector, id, bob));
        dividends.hold(id, bob);
        vm.expectRevert(err(IDividendDistributor.NothingToClaim.selector, id, carol));
        dividends.hold(id, carol);
        vm.stopPrank();

        vm.startPrank(treasurer);
        vm.expectRevert(err(IDividendDistributor.NotExpired.selector, id, EXPIRY));
        dividends.sweep(id);
        vm.warp(EXPIRY + 1);
        vm.expectRevert(err(IDividendDistributor.UnclaimedAccountNotSet.selector, address(token)));
        dividends.sweep(id);
        vm.stopPrank();
        vm.prank(assetAdmin);
        factory.setUnclaimedAccount(address(token), payTo);
        uint256 before = usdc.balanceOf(payTo);
        vm.prank(treasurer);
        dividends.sweep(id);
        eq(usdc.balanceOf(payTo) - before, 60e6, "alice's share");
        eq(usdc.balanceOf(address(dividends)), 50e6, "bob's share and the other pot stay");

        vm.expectRevert(wrongStatus(id, IDividendDistributor.DividendStatus.Swept));
        vm.prank(alice);
        dividends.claim(id);
        eq(dividends.claimable(id, bob), 40e6, "held");
        vm.prank(bob);
        dividends.claim(id);
        vm.expectRevert(wrongStatus(id, IDividendDistributor.DividendStatus.Swept));
        vm.prank(bob);
        dividends.claim(id);
        eq(dividends.claimable(other, alice), 6e6, "the other pot is whole");
    }

    function test_only_compliance_holds_and_only_the_treasurer_sweeps_or_cancels() public {
        uint256 id = open(100e6);
        vm.expectRevert(missing(treasurer, Roles.COMPLIANCE));
        vm.prank(treasurer);
        dividends.hold(id, alice);
        vm.startPrank(officer);
        vm.expectRevert(missing(officer, Roles.TREASURER));
        dividends.sweep(id);
        vm.expectRevert(missing(officer, Roles.TREASURER));
        dividends.cancel(id);
        vm.stopPrank();
        vm.prank(alice);
        dividends.claim(id);
        vm.expectRevert(err(IDividendDistributor.AlreadyClaimed.selector, id, alice));
        vm.prank(officer);
        dividends.hold(id, alice);
    }

    function test_a_dividend_is_cancelled_before_it_opens_and_its_money_goes_back() public {
        uint256 id = declare(100e6);
        fund(id, 30e6);
        vm.expectEmit(address(dividends));
        emit IDividendDistributor.DividendCancelled(id, treasurer, 30e6);
        vm.prank(treasurer);
        dividends.cancel(id);
        eq(usdc.balanceOf(treasurer), 30e6, "money back");
        eq(usdc.balanceOf(address(dividends)), 0, "nothing left");
        vm.expectRevert(wrongStatus(id, IDividendDistributor.DividendStatus.Cancelled));
        vm.prank(treasurer);
        dividends.fund(id, 1);

        id = open(10e6);
        vm.expectRevert(wrongStatus(id, IDividendDistributor.DividendStatus.Open));
        vm.prank(treasurer);
        dividends.cancel(id);
    }

    function test_an_unfunded_dividend_is_cancelled_too() public {
        uint256 id = declare(100e6);
        vm.prank(treasurer);
        dividends.cancel(id);
        eq(uint256(dividends.dividendOf(id).status), uint256(IDividendDistributor.DividendStatus.Cancelled), "status");
    }

    function testFuzz_shares_are_floored_and_never_exceed_the_pot(uint96 amount, uint256 sent, uint256 sent2) public {
        amount = uint96(bound(amount, 1, 1e15));
        send(alice, carol, bound(sent, 0, 60 * UNIT));
        send(bob, carol, bound(sent2, 0, 40 * UNIT));
        uint256 id = open(amount);
        address[3] memory holders = [alice, bob, carol];
        uint256 paid;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 share = token.balanceOf(holders[i]) * amount / (100 * UNIT);
            eq(dividends.claimable(id, holders[i]), share, "exactly the floor");
            dividends.claimFor(list(holders[i]), id);
            eq(usdc.balanceOf(holders[i]), share, "paid");
            paid += share;
        }
        yes(paid <= amount && amount - paid < 3, "dust below the number of holders");
        eq(usdc.balanceOf(address(dividends)), amount - paid, "the rest is there");
        eq(dividends.dividendOf(id).paid, paid, "accounted");
    }
}
