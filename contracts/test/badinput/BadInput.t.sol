// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {IDividendDistributor as D} from "../../src/interfaces/IDividendDistributor.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {Limits} from "../../src/types/Compliance.sol";
import {Order, OrderStatus} from "../../src/types/Orders.sol";
import {Fixture} from "../base/Fixture.sol";
import {Reentrant} from "./Reentrant.sol";

/// @title What must be refused by name, moving nothing; the single contracts' tests hold the rest of the list.
contract BadInput is Fixture {
    bytes4 private constant REENTERED = bytes4(keccak256("ReentrancyGuardReentrantCall()"));
    IEscrow internal other;

    function setUp() public override {
        super.setUp();
        (, other) = newAsset("asset two", false, Limits(0, 0, 0));
    }

    function test_an_order_twice_in_a_batch_of_mints_is_refused_whole() public {
        bytes32[] memory ids = new bytes32[](2);
        ids[0] = ids[1] = deposit(orderFor(alice, UNIT));
        vm.prank(issuer);
        vm.expectRevert(errId(IEscrow.WrongOrderStatus.selector, ids[0], uint256(OrderStatus.Settled)));
        issuance.mintMany(ids);
        eq(token.totalSupply(), 0, "nothing minted");
        eq(escrow.accounted(), 50e6, "nothing paid");
    }

    function test_a_dividend_twice_in_a_batch_of_claims_is_refused_whole() public {
        uint256 id = openDividend();
        uint256[] memory ids = new uint256[](2);
        ids[0] = ids[1] = id;
        vm.prank(alice);
        vm.expectRevert(err(D.AlreadyClaimed.selector, id, alice));
        dividends.claimMany(ids);
        eq(usdc.balanceOf(alice), 0, "not paid");
        eq(dividends.claimable(id, alice), 100e6, "still due");
    }

    function test_a_holder_twice_in_a_batch_is_paid_once_and_the_batch_goes_on() public {
        uint256 id = openDividend();
        address[] memory holders = new address[](3);
        (holders[0], holders[1], holders[2]) = (alice, alice, bob);
        bytes memory reason = err(D.AlreadyClaimed.selector, id, alice);
        vm.expectEmit(suite.dividends);
        emit D.DividendClaimSkipped(id, alice, reason);
        dividends.claimFor(holders, id);
        eq(usdc.balanceOf(alice), 100e6, "once");
        eq(usdc.balanceOf(bob), 100e6, "bob too");
    }

    function test_a_receipt_twice_in_an_allocation_pays_once() public {
        pay(alice, 100e6);
        vm.prank(alice);
        usdc.transfer(address(escrow), 25e6);
        bytes32[] memory twice = new bytes32[](2);
        twice[0] = twice[1] = keccak256("receipt");
        vm.prank(officer);
        escrow.approveReceipt(twice[0], alice, 25e6);
        Order memory order = orderFor(alice, UNIT);
        vm.prank(operator);
        vm.expectRevert(errId(IEscrow.ReceiptSpent.selector, twice[0]));
        escrow.allocate(order, twice);
        eq(escrow.receiptOf(twice[0]).remaining, 25e6, "nothing taken");
    }

    function test_two_wallets_nobody_knows_are_not_one_person() public {
        address unknown = address(0xDEAD);
        pay(anyone, 50e6);
        vm.prank(anyone);
        usdc.transfer(address(escrow), 50e6);
        vm.prank(officer);
        escrow.approveReceipt("receipt", anyone, 50e6);
        Order memory order = orderFor(unknown, UNIT);
        vm.prank(operator);
        vm.expectRevert(err(IEscrow.PayerIsNotBuyer.selector, anyone, unknown));
        escrow.allocate(order, list(bytes32("receipt")));
        eq(escrow.receiptOf("receipt").remaining, 50e6, "nothing taken");
    }

    function test_a_forced_batch_of_unequal_lists_moves_nothing() public {
        buy(alice, 2 * UNIT);
        address[] memory two = new address[](2);
        (two[0], two[1]) = (alice, alice);
        vm.prank(enforcer);
        vm.expectRevert(err(IGoverned.LengthMismatch.selector, 2, 1));
        token.batchForcedTransfer(two, list(bob), new uint256[](2));
        address[] memory to = new address[](2);
        (to[0], to[1]) = (bob, bob);
        vm.prank(enforcer);
        vm.expectRevert(err(IGoverned.LengthMismatch.selector, 2, 1));
        token.batchForcedTransfer(two, to, new uint256[](1));
        eq(token.balanceOf(alice), 2 * UNIT, "nothing moved");
    }

    function test_a_payment_signature_is_worth_nothing_in_another_escrow_or_on_another_chain() public {
        Order memory order = orderFor(alice, UNIT);
        pay(alice, 200e6);
        bytes memory signature = signFor(escrow, order);
        bytes memory refusal = abi.encodeWithSignature("Error(string)", "FiatTokenV2: invalid signature");
        vm.expectRevert(refusal);
        other.depositWithAuthorization(order, signature);
        vm.chainId(8453);
        vm.expectRevert(refusal);
        escrow.depositWithAuthorization(order, signature);
        vm.chainId(31337);
        eq(usdc.balanceOf(alice), 200e6, "nothing taken");

        bytes32 id = escrow.depositWithAuthorization(order, signature);
        vm.expectRevert(errId(IEscrow.WrongOrderStatus.selector, id, uint256(OrderStatus.Funded)));
        escrow.depositWithAuthorization(order, signature);
        eq(usdc.balanceOf(alice), 150e6, "taken once");
    }

    function test_a_token_that_calls_back_finds_every_door_of_the_escrow_shut() public {
        bytes32 id = deposit(orderFor(alice, UNIT));
        vm.warp(NOW + 11 days);
        Order memory order = orderFor(bob, UNIT);
        bytes[4] memory calls = [
            abi.encodeCall(IEscrow.refund, (id)),
            abi.encodeCall(IEscrow.deposit, (order)),
            abi.encodeCall(IEscrow.depositWithAuthorization, (order, "")),
            abi.encodeCall(IEscrow.returnPayment, (id))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            Reentrant thief = new Reentrant(escrow, calls[i]);
            vm.prank(address(timelock));
            escrow.rescue(address(thief), payTo);
            no(thief.passed(), "came back in");
            eq(bytes32(bytes4(thief.refusal())), bytes32(REENTERED), "the guard's own error");
        }
        eq(usdc.balanceOf(address(escrow)), 50e6, "the money is there");
        escrow.refund(id);
        eq(usdc.balanceOf(alice), 50e6, "and goes back the right way");
    }

    function test_nobody_and_nothing_are_refused_by_name() public {
        vm.startPrank(officer);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        compliance.setSanctioned(list(address(0)), true);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        compliance.setProfile(address(0), 1, DE, 0, 5);
        vm.expectRevert(err(IComplianceModule.NoProfile.selector, address(0)));
        compliance.setAllowlist(address(0), true);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        escrow.approveReceipt("r", address(0), 1);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        escrow.approveReceipt("r", alice, 0);
        vm.stopPrank();
        vm.startPrank(enforcer);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        token.forcedTransfer(alice, bob, 0);
        vm.expectRevert(err(bytes4(keccak256("ERC7943CannotReceive(address)")), address(0)));
        token.forcedTransfer(alice, address(0), 1);
        vm.stopPrank();
        vm.startPrank(freezer);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        token.setFrozenTokens(address(0), 1);
        vm.stopPrank();
        vm.startPrank(treasurer);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        dividends.declare(address(token), 0, uint48(NOW + 1));
        vm.expectRevert(err(IGoverned.UnknownAsset.selector, address(0)));
        dividends.declare(address(0), 1, uint48(NOW + 1));
        vm.stopPrank();
        vm.prank(alice);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        redemption.request(address(token), 0, 1);
        vm.prank(assetAdmin);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        escrow.setTerms(address(0), 1);
        vm.prank(assetAdmin);
        vm.expectRevert(IGoverned.ZeroAmount.selector);
        escrow.setTerms(payTo, 0);
        vm.prank(address(timelock));
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        escrow.rescue(address(usdc), address(0));
    }

    function openDividend() private returns (uint256 id) {
        buy(alice, UNIT);
        buy(bob, UNIT);
        pay(treasurer, 200e6);
        vm.startPrank(treasurer);
        usdc.approve(suite.dividends, 200e6);
        id = dividends.declare(address(token), 200e6, uint48(NOW + 30 days));
        dividends.fund(id, 200e6);
        vm.stopPrank();
    }

    function signFor(IEscrow escrow_, Order memory order) private view returns (bytes memory) {
        bytes32 message = keccak256(
            abi.encode(
                usdc.RECEIVE_WITH_AUTHORIZATION_TYPEHASH(),
                order.buyer,
                address(escrow_),
                uint256(order.payment),
                uint256(0),
                uint256(order.payBy),
                escrow_.orderIdOf(order)
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", usdc.DOMAIN_SEPARATOR(), message));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, digest);
        return abi.encodePacked(r, s, v);
    }
}
