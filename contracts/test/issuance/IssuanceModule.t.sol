// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {ICustodyRegistry} from "../../src/interfaces/ICustodyRegistry.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {IIssuanceModule} from "../../src/interfaces/IIssuanceModule.sol";
import {AssetStatus} from "../../src/types/AssetStatus.sol";
import {Limits} from "../../src/types/Compliance.sol";
import {Order, OrderStatus} from "../../src/types/Orders.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";

contract IssuanceModuleTest is Fixture {
    bytes32 private orderId;
    Order private order;

    function setUp() public override {
        super.setUp();
        order = orderFor(alice, 10 * UNIT);
        orderId = deposit(order);
    }

    function refuse(bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(issuer);
        issuance.mint(orderId);
        eq(token.totalSupply(), 0, "nothing minted");
        eq(usdc.balanceOf(payTo), 0, "nothing paid out");
        eq(uint256(escrow.orderOf(orderId).status), uint256(OrderStatus.Funded), "still funded");
    }

    function test_one_call_pays_the_issuer_and_delivers_the_units() public {
        vm.expectEmit(address(escrow));
        emit IEscrow.OrderSettled(orderId, payTo, 500e6);
        vm.expectEmit(address(issuance));
        emit IIssuanceModule.Minted(orderId, address(token), alice, uint96(10 * UNIT), 500e6);
        vm.prank(issuer);
        issuance.mint(orderId);
        eq(token.balanceOf(alice), 10 * UNIT, "units");
        eq(usdc.balanceOf(payTo), 500e6, "payment");
        eq(escrow.accounted(), 0, "nothing held");
        eq(uint256(escrow.orderOf(orderId).status), uint256(OrderStatus.Settled), "settled");
    }

    function test_an_order_is_minted_once_and_never_refunded_after() public {
        vm.startPrank(issuer);
        issuance.mint(orderId);
        vm.expectRevert(errId(IEscrow.WrongOrderStatus.selector, orderId, uint256(OrderStatus.Settled)));
        issuance.mint(orderId);
        vm.expectRevert(errId(IEscrow.WrongOrderStatus.selector, orderId, uint256(OrderStatus.Settled)));
        escrow.cancel(orderId);
        vm.warp(order.settleBy + 1);
        vm.expectRevert(errId(IEscrow.WrongOrderStatus.selector, orderId, uint256(OrderStatus.Settled)));
        escrow.refund(orderId);
    }

    function test_settlement_pays_the_current_payee_the_price_agreed() public {
        vm.prank(assetAdmin);
        escrow.setTerms(carol, 99e6);
        vm.prank(issuer);
        issuance.mint(orderId);
        eq(usdc.balanceOf(carol), 500e6, "payee");
    }

    function test_without_the_price_in_escrow_nobody_mints() public {
        bytes32 unknown = escrow.orderIdOf(orderFor(bob, UNIT));
        vm.expectRevert(errId(IIssuanceModule.UnknownOrder.selector, unknown));
        vm.prank(issuer);
        issuance.mint(unknown);
        vm.expectRevert(err(IIssuanceModule.UnknownEscrow.selector, issuer));
        vm.prank(issuer);
        issuance.noteOrder(unknown);
        vm.expectRevert(onlyCaller(suite.issuance, issuer));
        vm.prank(issuer);
        escrow.settle(orderId);
    }

    function test_only_the_assets_own_issuer_mints() public {
        vm.expectRevert(
            abi.encodeWithSelector(IGoverned.MissingAssetRole.selector, assetAdmin, Roles.ISSUER, address(token))
        );
        vm.prank(assetAdmin);
        issuance.mint(orderId);

        bytes32 key = registry.assetRole(Roles.CUSTODIAN, address(token));
        vm.prank(address(timelock));
        registry.grantRole(key, issuer);
        refuse(err(IGoverned.IssuerIsCustodian.selector, issuer, address(token)));
    }

    function test_a_mint_without_backing_is_refused() public {
        attest(token, uint96(9 * UNIT));
        refuse(err(ICustodyRegistry.BackingExceeded.selector, address(token), 10 * UNIT, 9 * UNIT));
        vm.prank(custodian);
        custody.revoke(address(token));
        refuse(err(ICustodyRegistry.NotAttested.selector, address(token)));
        attest(token, CAP);
        vm.prank(custodian);
        custody.attest(address(token), "p", CAP, 0, uint48(NOW + 1));
        vm.warp(NOW + 2);
        refuse(err(ICustodyRegistry.AttestationExpired.selector, address(token), NOW + 1));
    }

    function test_a_mint_to_who_may_no_longer_receive_is_refused() public {
        vm.prank(officer);
        compliance.setAllowlist(alice, false);
        refuse(err(IComplianceModule.NotAllowlisted.selector, alice));
        vm.prank(officer);
        compliance.setAllowlist(alice, true);
        vm.prank(freezer);
        token.setAddressFrozen(alice, true);
        refuse(err(IAssetToken.AddressIsFrozen.selector, alice));
        vm.prank(freezer);
        token.setAddressFrozen(alice, false);
        vm.prank(enforcer);
        compliance.setSuccessor(alice, alice2);
        refuse(err(IComplianceModule.WalletIsSucceeded.selector, alice));
    }

    function test_a_mint_after_its_time_or_in_a_pause_is_refused() public {
        pauseToken();
        refuse(err(IAssetToken.AssetNotActive.selector, uint256(AssetStatus.Paused)));
        vm.prank(address(timelock));
        token.unpause();
        vm.warp(order.settleBy + 1);
        refuse(errId(IEscrow.SettlementTooLate.selector, orderId, order.settleBy));
    }

    function test_a_mint_stands_still_while_usdc_blacklists_the_payee() public {
        vm.prank(CIRCLE);
        usdc.blacklist(payTo);
        refuse(abi.encodeWithSignature("Error(string)", "Blacklistable: account is blacklisted"));
        vm.prank(CIRCLE);
        usdc.unBlacklist(payTo);
        vm.prank(issuer);
        issuance.mint(orderId);
    }

    function test_many_orders_are_minted_all_or_none() public {
        bytes32[] memory ids = new bytes32[](2);
        ids[0] = orderId;
        ids[1] = deposit(orderFor(bob, UNIT));
        sanction(bob);
        vm.expectRevert(err(IComplianceModule.WalletIsSanctioned.selector, bob));
        vm.prank(issuer);
        issuance.mintMany(ids);
        eq(token.totalSupply(), 0, "none");
        vm.prank(officer);
        compliance.setSanctioned(list(bob), false);
        vm.startPrank(issuer);
        issuance.mintMany(ids);
        eq(token.totalSupply(), 11 * UNIT, "all");
        vm.expectRevert(errId(IEscrow.WrongOrderStatus.selector, orderId, uint256(OrderStatus.Settled)));
        issuance.mintMany(ids);
    }

    function test_assets_do_not_mix() public {
        (IAssetToken other, IEscrow otherEscrow) = newAsset("asset two", false, Limits(0, 0, 0));
        yes(otherEscrow.orderIdOf(order) != orderId, "another id in another escrow");
        attest(other, CAP);
        buyIn(otherEscrow, bob, UNIT);
        eq(other.totalSupply(), UNIT, "the other's units");
        eq(token.totalSupply(), 0, "not ours");
        eq(escrow.accounted(), 500e6, "our money is untouched");
    }
}
