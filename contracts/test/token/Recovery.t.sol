// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {IERC7943Fungible} from "../../src/interfaces/IERC7943Fungible.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";

contract RecoveryTest is Fixture {
    function succeed(address lost, address fresh) private {
        vm.prank(enforcer);
        compliance.setSuccessor(lost, fresh);
        vm.warp(block.timestamp + 7 days);
    }

    function test_a_lost_wallets_units_and_freezes_move_to_its_successor() public {
        buy(alice, 10 * UNIT);
        vm.startPrank(freezer);
        token.setFrozenTokens(alice, 3 * UNIT);
        token.setFrozenTokens(alice2, UNIT);
        token.setAddressFrozen(alice, true);
        vm.stopPrank();
        succeed(alice, alice2);
        vm.expectEmit(address(token));
        emit IAssetToken.RecoverySuccess(alice, alice2, address(0));
        vm.prank(enforcer);
        yes(token.recoveryAddress(alice, alice2, address(0)), "result");
        eq(token.balanceOf(alice2), 10 * UNIT, "units");
        eq(token.getFrozenTokens(alice2), 4 * UNIT, "frozen units add up");
        eq(token.getFrozenTokens(alice), 0, "none left");
        yes(token.isFrozen(alice2), "frozen wallet");
    }

    function test_recovery_is_refused_by_name() public {
        buy(alice, 10 * UNIT);
        vm.expectRevert(missing(freezer, Roles.ENFORCER));
        vm.prank(freezer);
        token.recoveryAddress(alice, alice2, address(0));
        vm.startPrank(enforcer);
        vm.expectRevert(err(IGoverned.SameWallet.selector, alice));
        token.recoveryAddress(alice, alice, address(0));
        vm.expectRevert(abi.encodeWithSelector(IAssetToken.NotTheSuccessor.selector, alice, alice2, alice));
        token.recoveryAddress(alice, alice2, address(0));
        compliance.setSuccessor(alice, alice2);
        vm.expectRevert(err(IComplianceModule.SuccessorPending.selector, alice, NOW + 7 days));
        token.recoveryAddress(alice, alice2, address(0));
        vm.warp(NOW + 7 days);
        vm.stopPrank();

        vm.prank(freezer);
        token.setAddressFrozen(alice2, true);
        vm.expectRevert(err(IERC7943Fungible.ERC7943CannotReceive.selector, alice2));
        vm.prank(enforcer);
        token.recoveryAddress(alice, alice2, address(0));
        eq(token.balanceOf(alice), 10 * UNIT, "nothing moved");
    }

    function test_recovery_waits_for_a_pending_redemption_to_be_cancelled() public {
        buy(alice, 10 * UNIT);
        vm.prank(alice);
        uint256 id = redemption.request(address(token), uint96(UNIT), 0);
        succeed(alice, alice2);
        vm.startPrank(enforcer);
        vm.expectRevert(err(IAssetToken.UnitsAreLocked.selector, alice, UNIT));
        token.recoveryAddress(alice, alice2, address(0));
        redemption.cancelFor(id);
        token.recoveryAddress(alice, alice2, address(0));
        vm.expectRevert(err(IAssetToken.NothingToRecover.selector, alice));
        token.recoveryAddress(alice, alice2, address(0));
    }

    function test_recovery_works_in_a_pause_and_after_the_end() public {
        buy(alice, 10 * UNIT);
        succeed(alice, alice2);
        closeToken();
        vm.prank(enforcer);
        token.recoveryAddress(alice, alice2, address(0));
        eq(token.balanceOf(alice2), 10 * UNIT, "units");
    }

    function test_excluded_units_never_become_paid_ones_after_the_end() public {
        excludeTreasury();
        buy(alice, 10 * UNIT);
        send(alice, treasury, 4 * UNIT);
        closeToken();
        vm.startPrank(enforcer);
        vm.expectRevert(IAssetToken.AssetIsRedeemed.selector);
        token.forcedTransfer(treasury, bob, UNIT);
        token.forcedTransfer(alice, treasury, UNIT);
        vm.stopPrank();
        vm.expectRevert(IAssetToken.AssetIsRedeemed.selector);
        vm.prank(address(timelock));
        token.setExcluded(treasury, false);
    }
}

