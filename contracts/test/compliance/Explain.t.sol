// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Limits, SYSTEM} from "../../src/types/Compliance.sol";
import {FailedRules as F} from "../../src/types/FailedRules.sol";
import {Fixture} from "../base/Fixture.sol";

contract ExplainTest is Fixture {
    address private stranger = address(0x572A);

    function why(address from, address to, uint256 amount) private view returns (uint256) {
        return compliance.explain(address(token), from, to, from, amount);
    }

    function setUp() public override {
        super.setUp();
        buy(alice, 10 * UNIT);
    }

    function test_a_transfer_that_passes_fails_no_rule() public view {
        eq(why(alice, bob, UNIT), 0, "transfer");
        eq(why(address(0), bob, UNIT), 0, "mint");
    }

    function test_an_unknown_asset_is_said_to_be_unknown() public view {
        eq(compliance.explain(stranger, alice, bob, alice, 1), F.UNKNOWN_ASSET, "unknown");
    }

    function test_a_stranger_is_named_with_every_rule_he_fails() public view {
        eq(why(alice, stranger, 1), F.RECEIVER_NOT_ALLOWLISTED | F.RECEIVER_JURISDICTION, "receiver");
        eq(why(stranger, bob, 1), F.SENDER_NOT_ALLOWLISTED | F.INSUFFICIENT_BALANCE, "sender");
        eq(
            compliance.explain(address(token), alice, bob, stranger, 1),
            F.SPENDER_NOT_ALLOWLISTED | F.SPENDER_ALLOWANCE,
            "spender"
        );
        eq(why(alice, address(0), 1), F.ZERO_ADDRESS | F.RECEIVER_NOT_ALLOWLISTED | F.RECEIVER_JURISDICTION, "nobody");
    }

    function test_the_state_of_the_asset_is_named() public {
        pauseToken();
        eq(why(alice, bob, 1), F.ASSET_PAUSED, "paused");
        vm.prank(address(timelock));
        token.markRedeemed();
        eq(why(alice, bob, 1), F.ASSET_REDEEMED, "redeemed");
    }

    function test_each_flag_of_a_wallet_is_named_by_side() public {
        vm.prank(bob);
        token.approve(alice, UNIT);
        sanction(alice);
        freezeWallet(alice, true);
        vm.prank(freezer);
        token.setAddressFrozen(alice, true);
        eq(why(alice, bob, 1), F.SENDER_SANCTIONED | F.SENDER_FROZEN | F.SENDER_FROZEN_FOR_ASSET, "sender");
        eq(why(bob, alice, 0), F.RECEIVER_SANCTIONED | F.RECEIVER_FROZEN | F.RECEIVER_FROZEN_FOR_ASSET, "receiver");
        eq(compliance.explain(address(token), bob, carol, alice, 0), F.SPENDER_SANCTIONED | F.SPENDER_FROZEN, "spender");
    }

    function test_a_succeeded_wallet_is_named() public {
        vm.prank(enforcer);
        compliance.setSuccessor(alice, alice2);
        eq(why(alice, bob, 1), F.SENDER_SUCCEEDED, "sender");
        eq(why(bob, alice, 0), F.RECEIVER_SUCCEEDED, "receiver");
        eq(compliance.explain(address(token), bob, carol, alice, 0), F.SPENDER_SUCCEEDED, "spender");
    }

    function test_an_expired_profile_is_named() public {
        vm.warp(NOW + 366 days);
        eq(why(alice, bob, 1), F.SENDER_PROFILE_EXPIRED | F.RECEIVER_PROFILE_EXPIRED, "both");
        eq(
            compliance.explain(address(token), alice, bob, carol, 0),
            F.SENDER_PROFILE_EXPIRED | F.RECEIVER_PROFILE_EXPIRED | F.SPENDER_PROFILE_EXPIRED,
            "all three"
        );
    }

    function test_frozen_locked_and_missing_units_are_told_apart() public {
        eq(why(alice, bob, 11 * UNIT), F.INSUFFICIENT_BALANCE, "balance");
        vm.prank(alice);
        redemption.request(address(token), uint96(4 * UNIT), 0);
        eq(why(alice, bob, 7 * UNIT), F.UNITS_LOCKED, "locked");
        vm.prank(freezer);
        token.setFrozenTokens(alice, 4 * UNIT);
        eq(why(alice, bob, 2 * UNIT), 0, "free");
        eq(why(alice, bob, 5 * UNIT), F.UNITS_FROZEN | F.UNITS_LOCKED, "only together");
        eq(why(alice, bob, 7 * UNIT), F.UNITS_FROZEN | F.UNITS_LOCKED, "each alone");
        vm.prank(freezer);
        token.setFrozenTokens(alice, 9 * UNIT);
        eq(why(alice, bob, 2 * UNIT), F.UNITS_FROZEN, "frozen");
    }

    function test_a_mint_names_cap_and_backing() public {
        eq(why(address(0), bob, CAP), F.CAP_EXCEEDED | F.NOT_BACKED, "too many");
        eq(why(address(0), bob, type(uint256).max), F.CAP_EXCEEDED | F.NOT_BACKED, "never reverts");
        vm.prank(pauser);
        custody.revoke(address(token));
        eq(why(address(0), bob, 1), F.NOT_BACKED, "revoked");
    }

    function test_the_limits_are_named() public {
        (token, escrow) = newAsset("limited", true, Limits(1, uint48(NOW + 1 days), uint96(2 * UNIT)));
        attest(token, CAP);
        buy(alice, 10 * UNIT);
        eq(why(alice, bob, UNIT), F.LOCK_UP | F.MAX_HOLDERS | F.RECEIVER_MIN_HOLDING, "small part");
        eq(why(alice, bob, 9 * UNIT), F.LOCK_UP | F.MAX_HOLDERS | F.SENDER_MIN_HOLDING, "large part");
        eq(why(alice, bob, 10 * UNIT), F.LOCK_UP, "the whole");
        eq(why(address(0), bob, UNIT), F.MAX_HOLDERS | F.RECEIVER_MIN_HOLDING, "mint");
    }

    /// @dev Random states, and every outcome of a real transfer, transferFrom and mint equals `explain() == 0`.
    function testFuzz_explain_agrees_with_the_real_call(uint256 seed) public {
        (token, escrow) = newAsset("limited", true, Limits(0, 0, 0));
        attest(token, uint96(30 * UNIT));
        admitAs(treasury, TREASURY_ID, SYSTEM, DE);
        vm.prank(officer);
        compliance.setLimits(address(token), Limits(0, 0, 0));
        buy(alice, 10 * UNIT);
        buy(bob, 10 * UNIT);
        vm.prank(officer);
        compliance.setLimits(address(token), Limits(uint32(seed % 4), uint48(NOW + (seed >> 4) % 2), uint96(UNIT)));
        disturb(uint256(keccak256(abi.encode(seed))));

        address[6] memory people = [alice, alice2, bob, carol, treasury, stranger];
        address from = people[(seed >> 8) % 6];
        address to = people[(seed >> 16) % 6];
        uint256 amount = [uint256(0), 1, UNIT, 9 * UNIT, 10 * UNIT, 11 * UNIT][(seed >> 24) % 6];
        address spender = people[(seed >> 32) % 6];
        agree(from, from, abi.encodeCall(token.transfer, (to, amount)), why(from, to, amount));

        vm.prank(from);
        token.approve(spender, (seed >> 40) % 3 * UNIT);
        uint256 expected = compliance.explain(address(token), from, to, spender, amount);
        if (spender != from) agree(spender, from, abi.encodeCall(token.transferFrom, (from, to, amount)), expected);
        if (amount != 0) {
            expected = why(address(0), to, amount);
            agree(suite.issuance, to, abi.encodeCall(token.mint, (to, amount)), expected);
        }
    }

    function disturb(uint256 seed) private {
        if (seed & 0x03 == 0) sanction(bob);
        if (seed & 0x0c == 0) freezeWallet(carol, true);
        vm.startPrank(freezer);
        if (seed & 0x30 == 0) token.setAddressFrozen(treasury, true);
        if (seed & 0x40 == 0) token.setFrozenTokens(alice, (seed >> 64) % 12 * UNIT);
        vm.stopPrank();
        if (seed & 0x380 == 0) pauseToken();
        if (seed & 0x1c00 == 0) {
            vm.prank(enforcer);
            compliance.setSuccessor(alice, alice2);
        }
    }

    function agree(address caller, address subject, bytes memory call, uint256 failedRules) private {
        vm.prank(caller);
        (bool passed,) = address(token).call(call);
        if (passed != (failedRules == 0)) revert NotEqual("explain", uint160(subject), failedRules);
    }
}
