// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICustodyRegistry} from "../../src/interfaces/ICustodyRegistry.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";

contract CustodyRegistryTest is Fixture {
    bytes32 private constant PROOF = keccak256("certificate");
    uint48 private constant UNTIL = uint48(NOW + 90 days);

    function attestUnits(uint256 units, uint256 burnedSeen) private {
        vm.prank(custodian);
        custody.attest(address(token), PROOF, uint96(units), uint96(burnedSeen), UNTIL);
    }

    function refuse(address caller, bytes memory reason, uint96 units, uint96 burnedSeen, uint48 until) private {
        ICustodyRegistry.Attestation memory before = custody.attestationOf(address(token));
        vm.expectRevert(reason);
        vm.prank(caller);
        custody.attest(address(token), PROOF, units, burnedSeen, until);
        eq(custody.attestationOf(address(token)).proofHash, before.proofHash, "unchanged");
    }

    function test_the_custodian_attests_the_backing() public {
        vm.expectEmit(address(custody));
        emit ICustodyRegistry.CustodyAttested(address(token), PROOF, custodian, uint96(10 * UNIT), 0, UNTIL);
        attestUnits(10 * UNIT, 0);
        ICustodyRegistry.Attestation memory attestation = custody.attestationOf(address(token));
        eq(attestation.units, 10 * UNIT, "units");
        eq(attestation.validUntil, UNTIL, "until");
        eq(attestation.proofHash, PROOF, "proof");
        yes(custody.isBacked(address(token), 10 * UNIT), "covers it all");
        no(custody.isBacked(address(token), 10 * UNIT + 1), "not more");
    }

    function test_bad_attestations_are_refused_by_name() public {
        bytes4 missingAsset = IGoverned.MissingAssetRole.selector;
        refuse(officer, abi.encodeWithSelector(missingAsset, officer, Roles.CUSTODIAN, address(token)), 1, 0, UNTIL);
        refuse(custodian, abi.encodeWithSelector(IGoverned.ZeroAmount.selector), 0, 0, UNTIL);
        bytes4 invalid = ICustodyRegistry.InvalidValidity.selector;
        refuse(custodian, err(invalid, NOW, NOW + 1, NOW + 400 days), 1, 0, uint48(NOW));
        uint48 late = uint48(NOW + 400 days + 1);
        refuse(custodian, err(invalid, late, NOW + 1, NOW + 400 days), 1, 0, late);
        refuse(custodian, err(ICustodyRegistry.BurnedSeenTooHigh.selector, 1, 0), 1, 1, UNTIL);
        vm.startPrank(custodian);
        vm.expectRevert(ICustodyRegistry.ZeroProof.selector);
        custody.attest(address(token), 0, 1, 0, UNTIL);
        vm.expectRevert(err(IGoverned.UnknownAsset.selector, anyone));
        custody.attest(anyone, PROOF, 1, 0, UNTIL);
    }

    function test_who_may_mint_may_not_attest() public {
        bytes32 key = registry.assetRole(Roles.ISSUER, address(token));
        vm.prank(address(timelock));
        registry.grantRole(key, custodian);
        refuse(custodian, err(IGoverned.IssuerIsCustodian.selector, custodian, address(token)), 1, 0, UNTIL);
    }

    function test_the_backing_runs_out_and_is_revoked_at_once() public {
        attestUnits(10 * UNIT, 0);
        vm.warp(UNTIL);
        custody.checkBacking(address(token), 10 * UNIT);
        vm.warp(UNTIL + 1);
        vm.expectRevert(err(ICustodyRegistry.AttestationExpired.selector, address(token), UNTIL));
        custody.checkBacking(address(token), 1);

        vm.expectRevert(missing(anyone, Roles.PAUSER));
        vm.prank(anyone);
        custody.revoke(address(token));
        vm.expectEmit(address(custody));
        emit ICustodyRegistry.CustodyRevoked(address(token), pauser);
        vm.prank(pauser);
        custody.revoke(address(token));
        vm.expectRevert(err(ICustodyRegistry.NotAttested.selector, address(token)));
        custody.checkBacking(address(token), 1);
        vm.expectRevert(err(ICustodyRegistry.NotAttested.selector, address(token)));
        vm.prank(custodian);
        custody.revoke(address(token));
    }

    function test_burning_gives_no_room_back_until_a_certificate_takes_it_off() public {
        attestUnits(10 * UNIT, 0);
        buy(alice, 10 * UNIT);
        vm.prank(alice);
        uint256 id = redemption.request(address(token), uint96(4 * UNIT), 0);
        vm.prank(treasurer);
        redemption.settle(id, 0);
        eq(token.totalBurned(), 4 * UNIT, "burned");

        bytes32 orderId = deposit(orderFor(bob, UNIT));
        bytes4 exceeded = ICustodyRegistry.BackingExceeded.selector;
        vm.expectRevert(abi.encodeWithSelector(exceeded, address(token), 11 * UNIT, 10 * UNIT));
        vm.prank(issuer);
        issuance.mint(orderId);

        // The certificate still covers the burned units: minting again would count them twice.
        attestUnits(6 * UNIT, 4 * UNIT);
        vm.expectRevert(abi.encodeWithSelector(exceeded, address(token), 7 * UNIT, 6 * UNIT));
        vm.prank(issuer);
        issuance.mint(orderId);
        attestUnits(7 * UNIT, 4 * UNIT);
        vm.prank(issuer);
        issuance.mint(orderId);
        eq(token.totalSupply(), 7 * UNIT, "supply");
    }
}
