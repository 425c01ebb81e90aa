// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {
    FLAG_ALLOWLISTED,
    FLAG_FROZEN,
    FLAG_SANCTIONED,
    FLAG_SUCCEEDED,
    Limits,
    Profile,
    ProfileInput,
    RETAIL
} from "../../src/types/Compliance.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";

contract ComplianceModuleTest is Fixture {
    address private dave = address(0xDA7E);
    uint48 private constant UNTIL = uint48(NOW + 30 days);

    function test_one_call_sets_profile_and_allowlist_of_all_wallets_of_a_person() public {
        ProfileInput[] memory inputs = new ProfileInput[](2);
        inputs[0] = ProfileInput(dave, UNTIL, DE, 1, 77, true);
        inputs[1] = ProfileInput(address(0xDA7F), UNTIL, DE, 1, 77, false);
        vm.expectEmit(address(compliance));
        emit IComplianceModule.ProfileSet(dave, 77, UNTIL, DE, 1);
        vm.expectEmit(address(compliance));
        emit IComplianceModule.AllowlistUpdated(dave, true);
        vm.prank(officer);
        compliance.setProfilesAndAllowlist(inputs);

        Profile memory profile = compliance.profileOf(dave);
        eq(profile.validUntil, UNTIL, "until");
        eq(profile.jurisdiction, DE, "jurisdiction");
        eq(profile.investorType, 1, "type");
        eq(profile.investorId, 77, "person");
        eq(profile.flags, FLAG_ALLOWLISTED, "allowlisted");
        eq(compliance.profileOf(address(0xDA7F)).flags, 0, "not allowlisted");
    }

    function test_a_new_profile_keeps_the_wallets_flags() public {
        sanction(alice);
        freezeWallet(alice, true);
        vm.prank(officer);
        compliance.setProfile(alice, UNTIL, DE, 1, ALICE_ID);
        eq(compliance.profileOf(alice).flags, FLAG_ALLOWLISTED | FLAG_FROZEN | FLAG_SANCTIONED, "flags");
    }

    function test_single_setters_write_one_thing_each() public {
        vm.startPrank(officer);
        vm.expectRevert(err(IComplianceModule.NoProfile.selector, dave));
        compliance.setAllowlist(dave, true);
        compliance.setAllowlist(dave, false);
        compliance.setProfile(dave, UNTIL, DE, RETAIL, 77);
        no(compliance.canReceive(address(token), dave), "not yet allowlisted");
        compliance.setAllowlist(dave, true);
        yes(compliance.canReceive(address(token), dave), "allowlisted");
        compliance.batchSetAllowlist(list(dave), false);
        no(compliance.canReceive(address(token), dave), "taken off");
    }

    function test_a_bad_profile_is_refused_by_name() public {
        vm.startPrank(officer);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        compliance.setProfile(address(0), UNTIL, DE, RETAIL, 77);
        vm.expectRevert(err(IComplianceModule.InvestorIdZero.selector, dave));
        compliance.setProfile(dave, UNTIL, DE, RETAIL, 0);
        vm.expectRevert(err(IComplianceModule.InvalidJurisdiction.selector, 250));
        compliance.setProfile(dave, UNTIL, 250, RETAIL, 77);
        vm.expectRevert(err(IComplianceModule.InvalidInvestorType.selector, 4));
        compliance.setProfile(dave, UNTIL, DE, 4, 77);
        vm.expectRevert(err(IComplianceModule.InvestorIdFixed.selector, alice, ALICE_ID, 77));
        compliance.setProfile(alice, UNTIL, DE, RETAIL, 77);
        eq(compliance.profileOf(dave).investorId, 0, "nothing written");
    }

    function test_only_compliance_writes_profiles_policies_and_sanctions() public {
        bytes memory refusal = missing(anyone, Roles.COMPLIANCE);
        vm.startPrank(anyone);
        vm.expectRevert(refusal);
        compliance.setProfile(dave, UNTIL, DE, RETAIL, 77);
        vm.expectRevert(refusal);
        compliance.setAllowlist(alice, false);
        vm.expectRevert(refusal);
        compliance.batchSetAllowlist(list(alice), false);
        vm.expectRevert(refusal);
        compliance.setProfilesAndAllowlist(new ProfileInput[](0));
        vm.expectRevert(refusal);
        compliance.setSanctioned(list(alice), true);
        vm.expectRevert(refusal);
        compliance.setPolicy(address(token), RETAIL, 0);
        vm.expectRevert(refusal);
        compliance.setLimits(address(token), Limits(1, 1, 1));
        vm.expectRevert(missing(anyone, Roles.FREEZER));
        compliance.setWalletsFrozen(list(alice), true);
        vm.expectRevert(missing(anyone, Roles.ENFORCER));
        compliance.setSuccessor(alice, alice2);
        vm.expectRevert(refusal);
        compliance.cancelSuccessor(alice);
        vm.expectRevert(onlyCaller(suite.factory, anyone));
        compliance.registerAsset(address(1), [uint256(0), 0, 0, 0], false, Limits(0, 0, 0));
    }

    function test_each_rule_stops_a_transfer_with_its_own_error() public {
        buy(alice, 10 * UNIT);
        refuse(alice, anyone, err(IComplianceModule.NotAllowlisted.selector, anyone));
        admitAs(dave, 77, RETAIL, US);
        refuse(alice, dave, abi.encodeWithSelector(IComplianceModule.JurisdictionRefused.selector, dave, US, RETAIL));
        admitAs(dave, 77, 1, US);
        send(alice, dave, 1);
        sanction(dave);
        refuse(alice, dave, err(IComplianceModule.WalletIsSanctioned.selector, dave));
        refuse(dave, alice, err(IComplianceModule.WalletIsSanctioned.selector, dave));
        freezeWallet(bob, true);
        refuse(alice, bob, err(IComplianceModule.WalletIsFrozen.selector, bob));
        vm.warp(NOW + 365 days + 1);
        refuse(alice, carol, err(IComplianceModule.ProfileExpired.selector, alice, NOW + 365 days));
        yes(compliance.canTransfer(address(token), alice, carol, 1) == false, "the view agrees");
    }

    function test_the_spender_must_be_known_too() public {
        buy(alice, 10 * UNIT);
        vm.prank(alice);
        token.approve(anyone, UNIT);
        vm.expectRevert(err(IComplianceModule.NotAllowlisted.selector, anyone));
        vm.prank(anyone);
        token.transferFrom(alice, bob, UNIT);
    }

    function test_a_policy_keeps_no_bit_that_names_no_jurisdiction() public {
        vm.startPrank(officer);
        compliance.setPolicy(address(token), RETAIL, type(uint256).max);
        uint256 word = compliance.policyOf(address(token), RETAIL);
        eq(word & 1, 0, "nobody without a jurisdiction");
        eq(word >> 250, 0, "no limits, no code above 249");
        vm.expectRevert(err(IComplianceModule.InvalidInvestorType.selector, 4));
        compliance.setPolicy(address(token), 4, 0);
        vm.expectRevert(err(IGoverned.UnknownAsset.selector, dave));
        compliance.setPolicy(dave, RETAIL, 0);
        vm.expectRevert(err(IGoverned.UnknownAsset.selector, dave));
        compliance.setLimits(dave, Limits(1, 0, 0));
        vm.expectRevert(err(IComplianceModule.AssetNotLimited.selector, address(token)));
        compliance.setLimits(address(token), Limits(1, 0, 0));
    }

    function test_a_token_nobody_registered_is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(IComplianceModule.JurisdictionRefused.selector, bob, DE, RETAIL));
        vm.prank(dave);
        compliance.onTransfer(alice, bob, alice, 1, 1, 0);
        no(compliance.canSend(dave, alice), "canSend");
        no(compliance.canReceive(dave, alice), "canReceive");
        no(compliance.canTransfer(dave, alice, bob, 1), "canTransfer");
        vm.expectRevert(err(IGoverned.UnknownAsset.selector, dave));
        compliance.checkSend(dave, alice);
        vm.expectRevert(err(IGoverned.UnknownAsset.selector, dave));
        compliance.checkReceive(dave, alice);
    }

    function test_money_follows_a_successor_once_it_is_in_effect() public {
        eq(compliance.payeeOf(alice), alice, "itself");
        vm.expectEmit(address(compliance));
        emit IComplianceModule.SuccessorSet(alice, alice2, uint48(NOW + 7 days));
        vm.prank(enforcer);
        compliance.setSuccessor(alice, alice2);
        eq(compliance.profileOf(alice).flags & FLAG_SUCCEEDED, FLAG_SUCCEEDED, "flag");
        vm.expectRevert(err(IComplianceModule.SuccessorPending.selector, alice, NOW + 7 days));
        compliance.payeeOf(alice);
        refuse(bob, alice, err(IComplianceModule.WalletIsSucceeded.selector, alice));
        vm.warp(NOW + 7 days);
        eq(compliance.payeeOf(alice), alice2, "successor");
        sanction(alice2);
        vm.expectRevert(err(IComplianceModule.WalletIsSanctioned.selector, alice2));
        compliance.payeeOf(alice);
    }

    function test_a_successor_is_the_same_known_person() public {
        vm.startPrank(enforcer);
        vm.expectRevert(err(IGoverned.SameWallet.selector, alice));
        compliance.setSuccessor(alice, alice);
        vm.expectRevert(err(IComplianceModule.NoProfile.selector, dave));
        compliance.setSuccessor(dave, alice);
        vm.expectRevert(err(IComplianceModule.DifferentInvestors.selector, alice, bob));
        compliance.setSuccessor(alice, bob);
        vm.expectRevert(err(IComplianceModule.DifferentInvestors.selector, alice, dave));
        compliance.setSuccessor(alice, dave);
        compliance.setSuccessor(alice, alice2);
        vm.expectRevert(err(IComplianceModule.SuccessorExists.selector, alice, alice2));
        compliance.setSuccessor(alice, alice2);
        vm.expectRevert(err(IComplianceModule.WalletIsSucceeded.selector, alice));
        compliance.setSuccessor(alice2, alice);
    }

    function test_a_pending_successor_is_withdrawn_by_compliance_or_a_guardian() public {
        vm.prank(enforcer);
        compliance.setSuccessor(alice, alice2);
        vm.prank(guardian);
        compliance.cancelSuccessor(alice);
        eq(compliance.payeeOf(alice), alice, "itself again");
        eq(compliance.successorOf(alice).fresh, address(0), "none");
        vm.startPrank(officer);
        vm.expectRevert(err(IComplianceModule.NoPendingSuccessor.selector, alice));
        compliance.cancelSuccessor(alice);
        vm.stopPrank();
        vm.prank(enforcer);
        compliance.setSuccessor(alice, alice2);
        vm.warp(NOW + 7 days);
        vm.expectRevert(err(IComplianceModule.NoPendingSuccessor.selector, alice));
        vm.prank(officer);
        compliance.cancelSuccessor(alice);
    }

    function test_sanctions_reach_wallets_without_a_profile() public {
        sanction(dave);
        vm.expectRevert(err(IComplianceModule.WalletIsSanctioned.selector, dave));
        compliance.payeeOf(dave);
        vm.prank(officer);
        compliance.setSanctioned(list(dave), false);
        eq(compliance.payeeOf(dave), dave, "cleared");
    }

    function refuse(address from, address to, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(from);
        token.transfer(to, 0);
        no(compliance.canTransfer(address(token), from, to, 0), "the view agrees");
    }
}
