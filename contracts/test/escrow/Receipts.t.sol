// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {Order, OrderStatus, PaymentMethod} from "../../src/types/Orders.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";

contract ReceiptsTest is Fixture {
    bytes32 private constant FIRST = keccak256("first receipt");
    bytes32 private constant SECOND = keccak256("second receipt");

    function receive_(bytes32 receipt, address payer, uint96 amount) private {
        pay(payer, amount);
        vm.prank(payer);
        usdc.transfer(address(escrow), amount);
        vm.prank(officer);
        escrow.approveReceipt(receipt, payer, amount);
    }

    function both() private pure returns (bytes32[] memory receipts) {
        receipts = new bytes32[](2);
        receipts[0] = FIRST;
        receipts[1] = SECOND;
    }

    function test_a_plain_transfer_is_approved_by_one_and_allocated_by_another() public {
        receive_(FIRST, alice2, 500e6);
        Order memory order = orderFor(alice, 10 * UNIT);
        bytes32 id = escrow.orderIdOf(order);
        vm.expectEmit(address(escrow));
        emit IEscrow.Allocated(FIRST, id, 500e6, 0);
        vm.expectEmit(address(escrow));
        emit IEscrow.OrderFunded(
            id,
            alice,
            alice2,
            PaymentMethod.Allocation,
            order.units,
            500e6,
            order.payBy,
            order.settleBy,
            order.termsHash,
            order.salt
        );
        vm.prank(operator);
        escrow.allocate(order, list(FIRST));
        eq(escrow.orderOf(id).payer, alice2, "paid by the person's other wallet");
        eq(escrow.accounted(), 500e6, "accounted once");

        vm.warp(order.settleBy + 1);
        escrow.refund(id);
        eq(usdc.balanceOf(alice2), 500e6, "refunded to who paid");
    }

    function test_several_receipts_fund_one_order_and_a_rest_goes_back() public {
        receive_(FIRST, alice, 300e6);
        receive_(SECOND, alice, 250e6);
        vm.startPrank(operator);
        bytes32 id = escrow.allocate(orderFor(alice, 10 * UNIT), both());
        eq(escrow.receiptOf(FIRST).remaining, 0, "first is spent");
        eq(escrow.receiptOf(SECOND).remaining, 50e6, "a rest");
        vm.expectEmit(address(escrow));
        emit IEscrow.PaymentReturned(SECOND, alice, 50e6);
        escrow.returnPayment(SECOND);
        vm.stopPrank();
        eq(usdc.balanceOf(alice), 50e6, "returned");
        vm.prank(issuer);
        issuance.mint(id);
        eq(token.balanceOf(alice), 10 * UNIT, "minted");
        eq(usdc.balanceOf(address(escrow)), 0, "empty");
    }

    function test_allocation_is_possible_after_payBy_and_until_settleBy() public {
        receive_(FIRST, alice, 100e6);
        Order memory order = orderFor(alice, UNIT);
        vm.warp(order.payBy + 1 days);
        vm.prank(operator);
        escrow.allocate(order, list(FIRST));
        order.salt = "late";
        bytes32 id = escrow.orderIdOf(order);
        vm.warp(order.settleBy + 1);
        vm.expectRevert(errId(IEscrow.SettlementTooLate.selector, id, order.settleBy));
        vm.prank(operator);
        escrow.allocate(order, list(FIRST));
    }

    function test_a_receipt_is_approved_by_compliance_once_and_only_when_the_money_is_there() public {
        pay(address(escrow), 100e6);
        vm.expectRevert(missing(operator, Roles.COMPLIANCE));
        vm.prank(operator);
        escrow.approveReceipt(FIRST, alice, 100e6);
        vm.startPrank(officer);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        escrow.approveReceipt(FIRST, address(0), 1);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        escrow.approveReceipt(FIRST, alice, 0);
        vm.expectRevert(err(IEscrow.ReceiptNotCovered.selector, 100e6, 100e6 + 1));
        escrow.approveReceipt(FIRST, alice, 100e6 + 1);
        vm.expectEmit(address(escrow));
        emit IEscrow.ReceiptApproved(FIRST, alice, 100e6);
        escrow.approveReceipt(FIRST, alice, 100e6);
        vm.expectRevert(errId(IEscrow.ReceiptExists.selector, FIRST));
        escrow.approveReceipt(FIRST, alice, 1);
        vm.expectRevert(err(IEscrow.ReceiptNotCovered.selector, 0, 1));
        escrow.approveReceipt(SECOND, alice, 1);
    }

    function test_bad_allocations_are_refused_by_name() public {
        receive_(FIRST, alice, 50e6);
        receive_(SECOND, bob, 50e6);
        Order memory order = orderFor(alice, UNIT);
        vm.expectRevert(missing(officer, Roles.ESCROW_OPERATOR));
        vm.prank(officer);
        escrow.allocate(order, list(FIRST));
        vm.startPrank(operator);
        vm.expectRevert(errId(IEscrow.UnknownReceipt.selector, bytes32("none")));
        escrow.allocate(order, list(bytes32("none")));
        vm.expectRevert(err(IEscrow.PayerIsNotBuyer.selector, bob, alice));
        escrow.allocate(order, list(SECOND));
        vm.expectRevert(errId(IEscrow.ReceiptNotNeeded.selector, SECOND));
        escrow.allocate(order, both());
        vm.expectRevert(err(IEscrow.ReceiptsTooSmall.selector, 50e6));
        escrow.allocate(order, new bytes32[](0));
        Order memory double = orderFor(alice, 2 * UNIT);
        vm.expectRevert(err(IEscrow.PayersDiffer.selector, alice, bob));
        escrow.allocate(double, both());
        vm.expectRevert(err(IEscrow.ReceiptsTooSmall.selector, 50e6));
        escrow.allocate(double, list(FIRST));
        eq(escrow.receiptOf(FIRST).remaining, 50e6, "untouched");
    }

    function test_a_receipt_pays_once() public {
        receive_(FIRST, alice, 50e6);
        Order memory order = orderFor(alice, UNIT);
        bytes32[] memory twice = new bytes32[](2);
        twice[0] = FIRST;
        twice[1] = FIRST;
        Order memory double = orderFor(alice, 2 * UNIT);
        vm.startPrank(operator);
        vm.expectRevert(errId(IEscrow.ReceiptSpent.selector, FIRST));
        escrow.allocate(double, twice);
        bytes32 id = escrow.allocate(order, list(FIRST));
        vm.expectRevert(errId(IEscrow.ReceiptSpent.selector, FIRST));
        escrow.returnPayment(FIRST);
        order.salt = "second";
        vm.expectRevert(errId(IEscrow.ReceiptSpent.selector, FIRST));
        escrow.allocate(order, list(FIRST));
        eq(uint256(escrow.orderOf(id).status), uint256(OrderStatus.Funded), "one order");
    }

    function test_an_unknown_payer_is_nobodys_buyer_but_gets_the_money_back() public {
        receive_(FIRST, anyone, 50e6);
        Order memory order = orderFor(alice, UNIT);
        vm.startPrank(operator);
        vm.expectRevert(err(IEscrow.PayerIsNotBuyer.selector, anyone, alice));
        escrow.allocate(order, list(FIRST));
        escrow.returnPayment(FIRST);
        eq(usdc.balanceOf(anyone), 50e6, "returned");
    }

    function test_a_payment_is_returned_by_the_operator_unless_compliance_refuses() public {
        receive_(FIRST, bob, 50e6);
        vm.expectRevert(missing(officer, Roles.ESCROW_OPERATOR));
        vm.prank(officer);
        escrow.returnPayment(FIRST);
        sanction(bob);
        vm.startPrank(operator);
        vm.expectRevert(err(IComplianceModule.WalletIsSanctioned.selector, bob));
        escrow.returnPayment(FIRST);
        vm.expectRevert(errId(IEscrow.UnknownReceipt.selector, SECOND));
        escrow.returnPayment(SECOND);
        eq(usdc.balanceOf(address(escrow)), 50e6, "the money stays");
        eq(escrow.accounted(), 50e6, "and is accounted for");
    }
}
