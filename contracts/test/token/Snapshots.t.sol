// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {SYSTEM} from "../../src/types/Compliance.sol";
import {Fixture} from "../base/Fixture.sol";

contract SnapshotsTest is Fixture {
    function snapshot() private returns (uint256) {
        vm.prank(suite.dividends);
        return token.snapshot();
    }

    function test_a_snapshot_keeps_what_was_held_then() public {
        buy(alice, 10 * UNIT);
        vm.expectEmit(address(token));
        emit IAssetToken.Snapshot(1, 10 * UNIT, 10 * UNIT);
        uint256 first = snapshot();
        send(alice, bob, 4 * UNIT);
        uint256 second = snapshot();
        send(bob, alice, 4 * UNIT);
        snapshot();
        uint256 fourth = snapshot();
        send(alice, carol, 10 * UNIT);

        eq(token.balanceOfAt(alice, first), 10 * UNIT, "alice first");
        eq(token.balanceOfAt(bob, first), 0, "bob first");
        eq(token.balanceOfAt(alice, second), 6 * UNIT, "alice second");
        eq(token.balanceOfAt(bob, second), 4 * UNIT, "bob second");
        eq(token.balanceOfAt(alice, fourth), 10 * UNIT, "alice fourth");
        eq(token.balanceOfAt(carol, fourth), 0, "carol fourth");
        eq(token.totalSupplyAt(fourth), 10 * UNIT, "total");
    }

    function test_an_unknown_snapshot_is_refused_never_answered_from_now() public {
        vm.expectRevert(err(IAssetToken.UnknownSnapshot.selector, 0));
        token.balanceOfAt(alice, 0);
        vm.expectRevert(err(IAssetToken.UnknownSnapshot.selector, 1));
        token.balanceOfAt(alice, 1);
        vm.expectRevert(err(IAssetToken.UnknownSnapshot.selector, 1));
        token.totalSupplyAt(1);
        vm.expectRevert(err(IAssetToken.UnknownSnapshot.selector, 1));
        token.eligibleSupplyAt(1);
    }

    function test_an_excluded_account_counts_before_and_after_but_not_while_excluded() public {
        admitAs(treasury, TREASURY_ID, SYSTEM, DE);
        buy(alice, 10 * UNIT);
        send(alice, treasury, 6 * UNIT);
        uint256 before = snapshot();
        excludeTreasury();
        uint256 during = snapshot();
        send(treasury, bob, UNIT);
        uint256 later = snapshot();
        vm.prank(address(timelock));
        token.setExcluded(treasury, false);
        uint256 afterwards = snapshot();

        eq(token.balanceOfAt(treasury, before), 6 * UNIT, "before");
        eq(token.balanceOfAt(treasury, during), 0, "during");
        eq(token.balanceOfAt(treasury, later), 0, "later");
        eq(token.balanceOfAt(treasury, afterwards), 5 * UNIT, "afterwards");
        eq(token.eligibleSupplyAt(during), 4 * UNIT, "eligible during");
        eq(token.eligibleSupplyAt(later), 5 * UNIT, "eligible later");
        eq(token.eligibleSupplyAt(afterwards), 10 * UNIT, "eligible afterwards");
        eq(token.totalSupplyAt(during), 10 * UNIT, "total during");
    }

    function test_only_the_timelock_excludes_and_only_system_wallets() public {
        vm.expectRevert(onlyCaller(address(timelock), officer));
        vm.prank(officer);
        token.setExcluded(treasury, true);
        vm.startPrank(address(timelock));
        vm.expectRevert(err(IAssetToken.NotASystemWallet.selector, alice));
        token.setExcluded(alice, true);
        vm.stopPrank();
        excludeTreasury();
        yes(token.isExcluded(treasury), "excluded");
        eq(token.excludedAccounts()[0], treasury, "listed");

        admitAs(treasury, TREASURY_ID, 0, DE);
        vm.prank(address(timelock));
        token.setExcluded(treasury, false);
        no(token.isExcluded(treasury), "counts again, whatever it is now");
    }

    function test_at_most_eight_accounts_are_excluded_and_any_may_return() public {
        for (uint160 i = 1; i <= 9; ++i) {
            admitAs(address(i), TREASURY_ID + uint128(i), SYSTEM, DE);
        }
        vm.startPrank(address(timelock));
        for (uint160 i = 1; i <= 8; ++i) {
            token.setExcluded(address(i), true);
        }
        token.setExcluded(address(8), true);
        vm.expectRevert(err(IAssetToken.TooManyExcluded.selector, 8));
        token.setExcluded(address(9), true);
        token.setExcluded(address(3), false);
        token.setExcluded(address(3), false);
        token.setExcluded(address(9), true);
        eq(token.excludedAccounts().length, 8, "eight");
        no(token.isExcluded(address(3)), "returned");
    }

    /// @dev Twelve random deeds against a naive copy of every balance at every snapshot.
    function testFuzz_snapshots_equal_a_naive_copy(uint256 seed) public {
        address[4] memory people = [alice, bob, carol, treasury];
        uint256[4][13] memory copies;
        uint256 taken;
        admitAs(treasury, TREASURY_ID, SYSTEM, DE);
        buy(alice, 100 * UNIT);
        for (uint256 i = 0; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 deed = seed % 4;
            address from = people[(seed >> 8) % 4];
            if (deed == 0) {
                bool excluded = token.isExcluded(treasury);
                for (uint256 p = 0; p < 4; ++p) {
                    copies[taken + 1][p] = p == 3 && excluded ? 0 : token.balanceOf(people[p]);
                }
                taken = snapshot();
            } else if (deed == 1) {
                vm.prank(address(timelock));
                token.setExcluded(treasury, (seed >> 32) % 2 == 0);
            } else {
                send(from, people[(seed >> 16) % 4], bound(seed >> 24, 0, token.balanceOf(from)));
            }
        }
        for (uint256 id = 1; id <= taken; ++id) {
            uint256 sum;
            for (uint256 p = 0; p < 4; ++p) {
                eq(token.balanceOfAt(people[p], id), copies[id][p], "balance");
                sum += copies[id][p];
            }
            eq(token.eligibleSupplyAt(id), sum, "eligible is the sum");
        }
    }
}
