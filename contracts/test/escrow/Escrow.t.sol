// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {AssetStatus} from "../../src/types/AssetStatus.sol";
import {Order, OrderStatus, PaymentMethod} from "../../src/types/Orders.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";

contract EscrowTest is Fixture {
    function refuse(Order memory order, bytes memory reason) private {
        if (order.payment != 0) pay(order.buyer, order.payment);
        uint256 before = usdc.balanceOf(order.buyer);
        vm.startPrank(order.buyer);
        usdc.approve(address(escrow), type(uint256).max);
        vm.expectRevert(reason);
        escrow.deposit(order);
        vm.stopPrank();
        eq(usdc.balanceOf(order.buyer), before, "nothing paid");
        eq(escrow.accounted(), 0, "nothing accounted");
        eq(uint256(escrow.orderOf(escrow.orderIdOf(order)).status), uint256(OrderStatus.None), "no order");
    }

    function sign(Order memory order, address escrow_, uint256 key) private view returns (bytes memory) {
        bytes32 nonce = keccak256(abi.encode(block.chainid, escrow_, order));
        bytes32 message = keccak256(
            abi.encode(
                usdc.RECEIVE_WITH_AUTHORIZATION_TYPEHASH(), order.buyer, escrow_, order.payment, 0, order.payBy, nonce
            )
        );
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked(hex"1901", usdc.DOMAIN_SEPARATOR(), message)));
        return abi.encodePacked(r, s, v);
    }

    function test_the_order_id_names_chain_and_escrow() public view {
        Order memory order = orderFor(alice, UNIT);
        eq(escrow.orderIdOf(order), keccak256(abi.encode(block.chainid, address(escrow), order)), "id");
    }

    function test_a_deposit_funds_the_order() public {
        Order memory order = orderFor(alice, 10 * UNIT);
        bytes32 id = escrow.orderIdOf(order);
        pay(alice, 500e6);
        vm.startPrank(alice);
        usdc.approve(address(escrow), 500e6);
        vm.expectEmit(address(escrow));
        emit IEscrow.OrderFunded(
            id,
            alice,
            alice,
            PaymentMethod.Deposit,
            uint96(10 * UNIT),
            500e6,
            order.payBy,
            order.settleBy,
            order.termsHash,
            order.salt
        );
        eq(escrow.deposit(order), id, "id");

        IEscrow.FundedOrder memory funded = escrow.orderOf(id);
        eq(funded.buyer, alice, "buyer");
        eq(funded.payer, alice, "payer");
        eq(funded.units, 10 * UNIT, "units");
        eq(funded.payment, 500e6, "payment");
        eq(uint256(funded.status), uint256(OrderStatus.Funded), "status");
        eq(usdc.balanceOf(address(escrow)), 500e6, "held");
        eq(escrow.accounted(), 500e6, "accounted");
        eq(issuance.escrowOf(id), address(escrow), "noted");
    }

    function test_the_price_of_a_part_is_rounded_up() public view {
        eq(escrow.paymentFor(uint96(UNIT)), 50e6, "one");
        eq(escrow.paymentFor(1), 1, "smallest");
        eq(escrow.paymentFor(uint96(UNIT + 1)), 50e6 + 1, "just above one");
        eq(escrow.paymentFor(0), 0, "none");
    }

    function test_orders_the_terms_do_not_allow_are_refused_by_name() public {
        Order memory order = orderFor(alice, UNIT);
        order.payment -= 1;
        refuse(order, err(IEscrow.WrongPayment.selector, 50e6, 50e6 - 1));
        order = orderFor(alice, UNIT);
        order.payment += 1;
        refuse(order, err(IEscrow.WrongPayment.selector, 50e6, 50e6 + 1));
        refuse(orderFor(alice, 0), err(IEscrow.WrongPayment.selector, 0, 0));
        order = orderFor(alice, UNIT);
        order.payBy = uint48(NOW);
        refuse(order, err(IEscrow.PaymentTooLate.selector, NOW));
        order = orderFor(alice, UNIT);
        order.settleBy = order.payBy + 7 days - 1;
        refuse(order, err(IEscrow.SettlementTooSoon.selector, order.payBy, order.settleBy));
        refuse(orderFor(anyone, UNIT), err(IComplianceModule.NotAllowlisted.selector, anyone));
        pauseToken();
        refuse(orderFor(alice, UNIT), err(IAssetToken.AssetNotActive.selector, uint256(AssetStatus.Paused)));
    }

    function test_a_buyer_frozen_for_the_asset_cannot_pay() public {
        vm.prank(freezer);
        token.setAddressFrozen(alice, true);
        refuse(orderFor(alice, UNIT), err(IAssetToken.AddressIsFrozen.selector, alice));
    }

    function test_only_the_buyer_deposits_and_only_once() public {
        Order memory order = orderFor(alice, UNIT);
        vm.expectRevert(err(IEscrow.NotTheBuyer.selector, alice, bob));
        vm.prank(bob);
        escrow.deposit(order);
        bytes32 id = deposit(order);
        vm.expectRevert(errId(IEscrow.WrongOrderStatus.selector, id, uint256(OrderStatus.Funded)));
        vm.prank(alice);
        escrow.deposit(order);
    }

    function test_one_signature_pays_and_accepts_the_terms() public {
        Order memory order = orderFor(alice, 10 * UNIT);
        pay(alice, 500e6);
        bytes memory signature = sign(order, address(escrow), ALICE_KEY);
        vm.prank(anyone);
        bytes32 id = escrow.depositWithAuthorization(order, signature);
        eq(usdc.balanceOf(address(escrow)), 500e6, "paid");
        yes(usdc.authorizationState(alice, id), "nonce used");
        eq(uint256(escrow.orderOf(id).status), uint256(OrderStatus.Funded), "funded");

        vm.expectRevert(errId(IEscrow.WrongOrderStatus.selector, id, uint256(OrderStatus.Funded)));
        escrow.depositWithAuthorization(order, signature);
    }

    function test_a_signature_for_other_terms_another_escrow_or_by_another_key_pays_nothing() public {
        Order memory order = orderFor(alice, 10 * UNIT);
        pay(alice, 5000e6);
        bytes memory refusal = abi.encodeWithSignature("Error(string)", "FiatTokenV2: invalid signature");
        bytes memory signature = sign(order, address(escrow), 0xBAD);
        vm.expectRevert(refusal);
        escrow.depositWithAuthorization(order, signature);
        signature = sign(order, address(0xDEAD), ALICE_KEY);
        vm.expectRevert(refusal);
        escrow.depositWithAuthorization(order, signature);
        signature = sign(order, address(escrow), ALICE_KEY);
        order.termsHash = keccak256("other terms");
        vm.expectRevert(refusal);
        escrow.depositWithAuthorization(order, signature);
        eq(usdc.balanceOf(alice), 5000e6, "nothing taken");
        order.payBy = uint48(NOW);
        vm.expectRevert(err(IEscrow.PaymentTooLate.selector, NOW));
        escrow.depositWithAuthorization(order, signature);
    }

    function test_a_payment_taken_from_a_blacklisted_buyer_fails_whole() public {
        Order memory order = orderFor(alice, UNIT);
        pay(alice, order.payment);
        vm.prank(CIRCLE);
        usdc.blacklist(alice);
        bytes memory signature = sign(order, address(escrow), ALICE_KEY);
        vm.expectRevert(abi.encodeWithSignature("Error(string)", "Blacklistable: account is blacklisted"));
        escrow.depositWithAuthorization(order, signature);
        eq(escrow.accounted(), 0, "nothing accounted");
    }

    function test_terms_are_the_asset_admins_word_and_apply_to_new_orders() public {
        vm.expectRevert(missing(issuer, Roles.ASSET_ADMIN));
        vm.prank(issuer);
        escrow.setTerms(issuer, 1);
        vm.startPrank(assetAdmin);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        escrow.setTerms(address(0), 1);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        escrow.setTerms(payTo, 0);
        vm.expectEmit(address(escrow));
        emit IEscrow.TermsSet(bob, 60e6);
        escrow.setTerms(bob, 60e6);
        eq(escrow.paymentFor(uint96(UNIT)), 60e6, "price");
        eq(escrow.terms().payTo, bob, "payee");
    }

    function test_only_the_factory_initializes_and_only_once() public {
        vm.expectRevert(onlyCaller(suite.factory, anyone));
        vm.prank(anyone);
        escrow.initialize(anyone, 1, 18);
        vm.expectRevert(IEscrow.AlreadyInitialized.selector);
        vm.prank(suite.factory);
        escrow.initialize(anyone, 1, 18);
    }

    function test_an_unsettled_order_is_refunded_by_anyone_after_its_time() public {
        Order memory order = orderFor(alice, UNIT);
        bytes32 id = deposit(order);
        vm.warp(order.settleBy);
        vm.expectRevert(errId(IEscrow.RefundTooEarly.selector, id, order.settleBy));
        escrow.refund(id);
        vm.warp(order.settleBy + 1);
        vm.expectEmit(address(escrow));
        emit IEscrow.OrderRefunded(id, alice, 50e6, false);
        vm.prank(anyone);
        escrow.refund(id);
        eq(usdc.balanceOf(alice), 50e6, "money back");
        eq(escrow.accounted(), 0, "nothing accounted");
        vm.expectRevert(errId(IEscrow.WrongOrderStatus.selector, id, uint256(OrderStatus.Refunded)));
        escrow.refund(id);
    }

    function test_a_refund_follows_a_successor_and_waits_while_compliance_refuses() public {
        Order memory order = orderFor(alice, UNIT);
        bytes32 id = deposit(order);
        vm.prank(enforcer);
        compliance.setSuccessor(alice, alice2);
        vm.warp(order.settleBy + 1);
        sanction(alice2);
        vm.expectRevert(err(IComplianceModule.WalletIsSanctioned.selector, alice2));
        escrow.refund(id);
        vm.prank(officer);
        compliance.setSanctioned(list(alice2), false);
        escrow.refund(id);
        eq(usdc.balanceOf(alice2), 50e6, "paid to the successor");
    }

    function test_the_issuer_cancels_in_time_and_the_money_goes_back() public {
        Order memory order = orderFor(alice, UNIT);
        bytes32 id = deposit(order);
        bytes4 missingAsset = IGoverned.MissingAssetRole.selector;
        vm.expectRevert(abi.encodeWithSelector(missingAsset, assetAdmin, Roles.ISSUER, address(token)));
        vm.prank(assetAdmin);
        escrow.cancel(id);
        vm.expectEmit(address(escrow));
        emit IEscrow.OrderRefunded(id, alice, 50e6, true);
        vm.prank(issuer);
        escrow.cancel(id);
        eq(usdc.balanceOf(alice), 50e6, "money back");

        order.salt = "second";
        id = deposit(order);
        vm.warp(order.settleBy + 1);
        vm.expectRevert(errId(IEscrow.SettlementTooLate.selector, id, order.settleBy));
        vm.prank(issuer);
        escrow.cancel(id);
    }

    function test_refunds_work_in_a_pause() public {
        bytes32 id = deposit(orderFor(alice, UNIT));
        pauseToken();
        vm.prank(issuer);
        escrow.cancel(id);
        eq(usdc.balanceOf(alice), 50e6, "money back");
    }

    function test_the_timelock_rescues_only_what_belongs_to_nobody() public {
        deposit(orderFor(alice, UNIT));
        vm.expectRevert(onlyCaller(address(timelock), assetAdmin));
        vm.prank(assetAdmin);
        escrow.rescue(address(usdc), assetAdmin);
        vm.startPrank(address(timelock));
        vm.expectRevert(err(IEscrow.NothingToRescue.selector, address(usdc)));
        escrow.rescue(address(usdc), anyone);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        escrow.rescue(address(usdc), address(0));
        vm.stopPrank();
        pay(address(escrow), 7e6);
        vm.prank(address(timelock));
        escrow.rescue(address(usdc), anyone);
        eq(usdc.balanceOf(anyone), 7e6, "rescued");
        eq(usdc.balanceOf(address(escrow)), 50e6, "orders untouched");
    }

    function testFuzz_the_escrow_holds_exactly_what_it_accounts_for(uint256 seed) public {
        bytes32[] memory ids = new bytes32[](4);
        for (uint256 i = 0; i < 4; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            ids[i] = deposit(orderIn(escrow, alice, bound(seed, 1, 1000 * UNIT), bytes32(i)));
            if (seed % 3 == 0) {
                vm.prank(issuer);
                escrow.cancel(ids[i]);
            } else if (seed % 3 == 1) {
                vm.prank(issuer);
                issuance.mint(ids[i]);
            }
            eq(usdc.balanceOf(address(escrow)), escrow.accounted(), "exact");
        }
        vm.warp(NOW + 20 days);
        for (uint256 i = 0; i < 4; ++i) {
            if (escrow.orderOf(ids[i]).status == OrderStatus.Funded) escrow.refund(ids[i]);
        }
        eq(usdc.balanceOf(address(escrow)), 0, "everything has gone its way");
        eq(usdc.balanceOf(payTo) + usdc.balanceOf(alice), usdc.totalSupply(), "nothing lost");
    }
}
