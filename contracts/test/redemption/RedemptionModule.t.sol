// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {IERC7943Fungible} from "../../src/interfaces/IERC7943Fungible.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {IRedemptionModule} from "../../src/interfaces/IRedemptionModule.sol";
import {AssetStatus} from "../../src/types/AssetStatus.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";

contract RedemptionModuleTest is Fixture {
    uint96 private constant FOUR = uint96(4 * UNIT);

    function setUp() public override {
        super.setUp();
        buy(alice, 10 * UNIT);
        pay(treasurer, 10_000e6);
        vm.prank(treasurer);
        usdc.approve(address(redemption), type(uint256).max);
    }

    function request() private returns (uint256) {
        vm.prank(alice);
        return redemption.request(address(token), FOUR, 190e6);
    }

    function settle(uint256 id, uint96 payment) private {
        vm.prank(treasurer);
        redemption.settle(id, payment);
    }

    function wrongStatus(uint256 id, IRedemptionModule.RedemptionStatus status) private pure returns (bytes memory) {
        return err(IRedemptionModule.WrongRedemptionStatus.selector, id, uint256(status));
    }

    function refuseSettle(uint256 id, bytes memory reason) private {
        vm.expectRevert(reason);
        settle(id, 200e6);
        eq(token.balanceOf(alice), 10 * UNIT, "nothing burned");
        eq(usdc.balanceOf(alice), 0, "nothing paid");
        eq(token.lockedOf(alice), FOUR, "still locked");
    }

    function test_a_request_locks_units_where_they_are() public {
        vm.expectEmit(address(redemption));
        emit IRedemptionModule.RedemptionRequested(1, address(token), alice, FOUR, 190e6);
        vm.expectEmit(address(token));
        emit IAssetToken.UnitsLocked(alice, FOUR, FOUR);
        uint256 id = request();
        eq(token.lockedOf(alice), FOUR, "locked");
        eq(token.balanceOf(alice), 10 * UNIT, "still held");
        vm.expectRevert(err(IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector, alice, 7 * UNIT, 6 * UNIT));
        vm.prank(alice);
        token.transfer(bob, 7 * UNIT);
        eq(redemption.redemptionOf(id).holder, alice, "recorded");
    }

    function test_bad_requests_are_refused_by_name() public {
        vm.startPrank(alice);
        vm.expectRevert(err(IGoverned.UnknownAsset.selector, anyone));
        redemption.request(anyone, FOUR, 0);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        redemption.request(address(token), 0, 0);
        redemption.request(address(token), uint96(7 * UNIT), 0);
        vm.expectRevert(err(IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector, alice, FOUR, 3 * UNIT));
        redemption.request(address(token), FOUR, 0);
        vm.stopPrank();
        sanction(alice);
        vm.expectRevert(err(IComplianceModule.WalletIsSanctioned.selector, alice));
        vm.prank(alice);
        redemption.request(address(token), 1, 0);
        pauseToken();
        vm.expectRevert(err(IAssetToken.AssetNotActive.selector, uint256(AssetStatus.Paused)));
        vm.prank(alice);
        redemption.request(address(token), 1, 0);
        eq(redemption.redemptionCount(), 1, "one request");
    }

    function test_a_settlement_pays_and_burns_in_one_call() public {
        uint256 id = request();
        vm.expectEmit(address(redemption));
        emit IRedemptionModule.RedemptionSettled(id, address(token), alice, alice, FOUR, 200e6);
        settle(id, 200e6);
        eq(token.balanceOf(alice), 6 * UNIT, "burned");
        eq(token.lockedOf(alice), 0, "unlocked");
        eq(usdc.balanceOf(alice), 200e6, "paid");
        eq(token.totalBurned(), FOUR, "total burned");
        IRedemptionModule.Redemption memory record = redemption.redemptionOf(id);
        eq(record.payment, 200e6, "recorded payment");
        eq(uint256(record.status), uint256(IRedemptionModule.RedemptionStatus.Settled), "recorded status");
        vm.expectRevert(wrongStatus(id, IRedemptionModule.RedemptionStatus.Settled));
        settle(id, 200e6);
    }

    function test_nobody_is_paid_less_than_asked() public {
        uint256 id = request();
        vm.expectRevert(
            abi.encodeWithSelector(IRedemptionModule.PaymentBelowMinimum.selector, id, uint96(190e6 - 1), uint96(190e6))
        );
        settle(id, 190e6 - 1);
        settle(id, 190e6);
    }

    function test_only_the_treasurer_settles() public {
        uint256 id = request();
        vm.expectRevert(missing(issuer, Roles.TREASURER));
        vm.prank(issuer);
        redemption.settle(id, 200e6);
        vm.expectRevert(wrongStatus(9, IRedemptionModule.RedemptionStatus.None));
        settle(9, 0);
    }

    function test_a_freeze_beats_a_lock() public {
        uint256 id = request();
        vm.prank(freezer);
        token.setFrozenTokens(alice, 7 * UNIT);
        refuseSettle(id, err(IERC7943Fungible.ERC7943InsufficientUnfrozenBalance.selector, alice, FOUR, 3 * UNIT));
        vm.startPrank(freezer);
        token.setFrozenTokens(alice, 6 * UNIT);
        token.setAddressFrozen(alice, true);
        vm.stopPrank();
        refuseSettle(id, err(IAssetToken.AddressIsFrozen.selector, alice));
        vm.prank(freezer);
        token.setAddressFrozen(alice, false);
        freezeWallet(alice, true);
        refuseSettle(id, err(IComplianceModule.WalletIsFrozen.selector, alice));
        freezeWallet(alice, false);
        settle(id, 200e6);
        eq(token.getFrozenTokens(alice), 6 * UNIT, "the freeze stays");
    }

    function test_a_settlement_passes_a_pause_and_the_end_but_not_a_blacklist() public {
        uint256 id = request();
        vm.prank(CIRCLE);
        usdc.blacklist(alice);
        refuseSettle(id, abi.encodeWithSignature("Error(string)", "Blacklistable: account is blacklisted"));
        vm.prank(CIRCLE);
        usdc.unBlacklist(alice);
        closeToken();
        settle(id, 200e6);
        eq(usdc.balanceOf(alice), 200e6, "paid");
    }

    function test_a_settlement_pays_the_successor_of_a_lost_wallet() public {
        uint256 id = request();
        vm.prank(enforcer);
        compliance.setSuccessor(alice, alice2);
        vm.warp(NOW + 7 days);
        settle(id, 200e6);
        eq(usdc.balanceOf(alice2), 200e6, "paid");
    }

    function test_a_request_is_withdrawn_by_its_holder_or_by_the_enforcer() public {
        uint256 id = request();
        vm.expectRevert(err(IRedemptionModule.NotTheHolder.selector, id, bob));
        vm.prank(bob);
        redemption.cancel(id);
        vm.expectRevert(missing(treasurer, Roles.ENFORCER));
        vm.prank(treasurer);
        redemption.cancelFor(id);
        vm.expectEmit(address(redemption));
        emit IRedemptionModule.RedemptionCancelled(id, alice);
        vm.prank(alice);
        redemption.cancel(id);
        eq(token.lockedOf(alice), 0, "free again");
        vm.expectRevert(wrongStatus(id, IRedemptionModule.RedemptionStatus.Cancelled));
        vm.prank(alice);
        redemption.cancel(id);

        id = request();
        pauseToken();
        vm.prank(enforcer);
        redemption.cancelFor(id);
        eq(token.lockedOf(alice), 0, "free again in a pause");
    }

    function test_excluded_units_are_retired_unpaid_by_their_own_account() public {
        vm.expectRevert(err(IRedemptionModule.NotExcluded.selector, address(token), alice));
        vm.prank(alice);
        redemption.retire(address(token), 1);
        excludeTreasury();
        send(alice, treasury, 3 * UNIT);
        vm.startPrank(treasury);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        redemption.retire(address(token), 0);
        vm.expectRevert(err(IGoverned.UnknownAsset.selector, anyone));
        redemption.retire(anyone, 1);
        vm.expectEmit(address(redemption));
        emit IRedemptionModule.Retired(address(token), treasury, uint96(3 * UNIT));
        redemption.retire(address(token), uint96(3 * UNIT));
        eq(token.totalSupply(), 7 * UNIT, "burned");
    }

    function testFuzz_locked_is_the_sum_of_pending_requests(uint256 seed) public {
        uint256 expected;
        uint256 paid;
        for (uint256 i = 0; i < 8; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (token.freeOf(alice) == 0) break;
            uint96 amount = uint96(bound(seed >> 8, 1, token.freeOf(alice)));
            vm.prank(alice);
            uint256 id = redemption.request(address(token), amount, 0);
            if (seed % 3 == 0) {
                vm.prank(alice);
                redemption.cancel(id);
            } else if (seed % 3 == 1) {
                settle(id, 1e6);
                paid += 1e6;
            } else {
                expected += amount;
            }
            eq(token.lockedOf(alice), expected, "locked");
            eq(token.totalMinted() - token.totalBurned(), token.totalSupply(), "burned and minted");
            eq(usdc.balanceOf(alice), paid, "paid");
        }
    }
}
