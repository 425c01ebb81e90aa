// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {ICustodyRegistry} from "../../src/interfaces/ICustodyRegistry.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IIssuanceModule} from "../../src/interfaces/IIssuanceModule.sol";
import {Order, OrderStatus} from "../../src/types/Orders.sol";
import {Ledger} from "./Ledger.sol";

/// @title From an order to a minted unit, or back.
abstract contract OrderActions is Ledger {
    uint256 private _salts;

    function depositAnOrder(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        Order memory order = _newOrder(a, aBuyer());
        (bool ok,) = attempt("deposit", order.buyer, address(escrows[a]), abi.encodeCall(IEscrow.deposit, (order)));
        if (ok) _noteFunded(a, order);
    }

    function depositWithASignature(uint256 seed) external {
        seedWith(seed);
        (uint256 a, uint256 who) = (anAsset(), aBuyer());
        Order memory order = _newOrder(a, who);
        bytes memory call =
            abi.encodeCall(IEscrow.depositWithAuthorization, (order, _sign(escrows[a], order, keys[who])));
        (bool ok,) = attempt("depositWithAuthorization", anyone, address(escrows[a]), call);
        if (ok) _noteFunded(a, order);
    }

    function sendPlainMoney(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        uint256 amount = 1 + random(400e6);
        bytes memory call = abi.encodeCall(usdc.transfer, (address(escrows[a]), amount));
        (bool ok,) = attempt("plainTransfer", anActor(), address(usdc), call);
        if (ok) unseen[a] += amount;
    }

    function approveAReceipt(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        bool again = receipts[a].length != 0 && rarely(4);
        bytes32 receipt = again ? receipts[a][random(receipts[a].length)] : bytes32(++_salts);
        uint256 amount = rarely(6) ? unseen[a] + 1 : 1 + random(unseen[a] + 1);
        bytes memory call = abi.encodeCall(IEscrow.approveReceipt, (receipt, anActor(), uint96(amount)));
        (bool ok,) = attempt("approveReceipt", officer, address(escrows[a]), call);
        yes(ok == (!again && amount <= unseen[a]), "a receipt counts once, and only when its money is there");
        if (!ok) return;
        receipts[a].push(receipt);
        unseen[a] -= amount;
        heldForReceipts[a] += amount;
    }

    function allocateReceipts(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        if (receipts[a].length == 0) return;
        bytes32[] memory used = new bytes32[](1 + random(2));
        for (uint256 i = 0; i < used.length; ++i) {
            used[i] = receipts[a][random(receipts[a].length)];
        }
        Order memory order = _orderFor(a, escrows[a].receiptOf(used[0]).payer, used);
        uint256 before = _remaining(a, used);
        bytes memory call = abi.encodeCall(IEscrow.allocate, (order, used));
        (bool ok,) = attempt("allocate", operator, address(escrows[a]), call);
        if (!ok) return;
        eq(before - _remaining(a, used), order.payment, "exactly the payment is taken from the receipts");
        heldForReceipts[a] -= order.payment;
        _noteFunded(a, order);
    }

    function returnAReceipt(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        if (receipts[a].length == 0) return;
        bytes32 receipt = receipts[a][random(receipts[a].length)];
        IEscrow.Receipt memory found = escrows[a].receiptOf(receipt);
        address to = payee(found.payer);
        uint256 before = usdc.balanceOf(to);
        bytes memory call = abi.encodeCall(IEscrow.returnPayment, (receipt));
        (bool ok,) = attempt("returnPayment", operator, address(escrows[a]), call);
        yes(ok == (found.remaining != 0 && to != address(0) && passes(address(escrows[a]), to)), "a rest goes back");
        if (!ok) return;
        eq(usdc.balanceOf(to) - before, found.remaining, "the payer gets what is left");
        heldForReceipts[a] -= found.remaining;
    }

    function mintAnOrder(uint256 seed) external {
        seedWith(seed);
        if (orders.length == 0) return;
        (bytes32 id, Known storage known) = anOrder();
        (uint256 a, Order memory order) = (known.asset, known.order);
        bool due = known.status == OrderStatus.Funded && block.timestamp <= order.settleBy
            && passes(address(escrows[a]), payees[a]);
        bool allowed = compliance.explain(address(assets[a]), address(0), order.buyer, order.buyer, order.units) == 0;
        (uint256 money, uint256 held) = (usdc.balanceOf(payees[a]), assets[a].balanceOf(order.buyer));

        (bool ok,) = attempt("mint", issuer, suite.issuance, abi.encodeCall(IIssuanceModule.mint, (id)));
        yes(ok == (due && allowed), "22 explain is the real call: a mint");
        if (!ok) return;
        no(closed[a], "17 no mint of a closed asset");
        eq(usdc.balanceOf(payees[a]) - money, order.payment, "14 exactly the payment to exactly the payTo");
        eq(assets[a].balanceOf(order.buyer) - held, order.units, "14 exactly the units to exactly the buyer");
        known.status = OrderStatus.Settled;
        heldForOrders[a] -= order.payment;
        mintedUnits[a] += order.units;
        _requireBacked(a);
    }

    function refundAnOrder(uint256 seed) external {
        seedWith(seed);
        if (orders.length == 0) return;
        (bytes32 id, Known storage known) = anOrder();
        bool due = known.status == OrderStatus.Funded && block.timestamp > known.order.settleBy;
        _giveBack("refund", anyone, abi.encodeCall(IEscrow.refund, (id)), id, known, due);
    }

    function cancelAnOrder(uint256 seed) external {
        seedWith(seed);
        if (orders.length == 0) return;
        (bytes32 id, Known storage known) = anOrder();
        bool due = known.status == OrderStatus.Funded && block.timestamp <= known.order.settleBy;
        _giveBack("cancel", issuer, abi.encodeCall(IEscrow.cancel, (id)), id, known, due);
    }

    function changeTheTerms(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        (address to, uint96 price) = (rarely(2) ? payTo : address(0x9A71), uint96(1 + random(60e6)));
        (bool ok,) = attempt("setTerms", assetAdmin, address(escrows[a]), abi.encodeCall(IEscrow.setTerms, (to, price)));
        if (ok) (payees[a], prices[a]) = (to, price);
    }

    function attestBacking(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        uint256 covered = (12 + random(20)) * units[a];
        uint256 seen = rarely(2) ? 0 : random(assets[a].totalBurned() + 2);
        uint48 until = uint48(block.timestamp + 1 + random(60 days));
        bytes memory call = abi.encodeCall(
            ICustodyRegistry.attest, (address(assets[a]), keccak256("again"), uint96(covered), uint96(seen), until)
        );
        attempt("attest", custodian, suite.custody, call);
    }

    function revokeBacking(uint256 seed) external {
        seedWith(seed);
        if (!rarely(4)) return;
        bytes memory call = abi.encodeCall(ICustodyRegistry.revoke, (address(assets[anAsset()])));
        attempt("revoke", pauser, suite.custody, call);
    }

    /// @dev 15, asked of one order now: its money goes back after its time unless one of the named reasons holds it.
    function tryRefund(bytes32 id) external {
        Known storage known = orders[positions[id]];
        IEscrow escrow_ = escrows[known.asset];
        vm.warp(known.order.settleBy + 1);
        address to = payee(escrow_.orderOf(id).payer);
        bool held = to == address(0) || !passes(address(escrow_), to);
        try escrow_.refund(id) {
            no(held, "15 the money was held");
        } catch {
            yes(held, "15 an order that can neither be settled nor refunded");
        }
    }

    function _giveBack(bytes32 name, address by, bytes memory call, bytes32 id, Known storage known, bool due) private {
        IEscrow escrow_ = escrows[known.asset];
        address to = payee(escrow_.orderOf(id).payer);
        uint256 before = usdc.balanceOf(to);
        (bool ok,) = attempt(name, by, address(escrow_), call);
        yes(ok == (due && to != address(0) && passes(address(escrow_), to)), "15 a refund in its time, unless refused");
        if (!ok) return;
        eq(usdc.balanceOf(to) - before, known.order.payment, "14 exactly the payment back to the payer");
        known.status = OrderStatus.Refunded;
        heldForOrders[known.asset] -= known.order.payment;
    }

    function _requireBacked(uint256 a) private view {
        ICustodyRegistry.Attestation memory backing = custody.attestationOf(address(assets[a]));
        yes(mintedUnits[a] - backing.burnedSeen <= backing.units, "2 minted - burnedSeen <= attested");
        yes(block.timestamp <= backing.validUntil, "2 the backing is valid");
        yes(mintedUnits[a] - burnedUnits[a] <= assets[a].cap(), "2 supply <= cap");
    }

    function _noteFunded(uint256 a, Order memory order) private {
        no(closed[a], "17 no deposit into a closed asset");
        eq(order.payment, (order.units * prices[a] + units[a] - 1) / units[a], "14 the payment is the asset's price");
        bytes32 id = escrows[a].orderIdOf(order);
        positions[id] = orders.length;
        orders.push(Known(a, order, OrderStatus.Funded));
        heldForOrders[a] += order.payment;
    }

    /// @dev Mostly a good order; sometimes with a wrong payment or deadline.
    function _newOrder(uint256 a, uint256 who) private returns (Order memory order) {
        order = orderIn(escrows[a], actors[who], 1 + random(6 * units[a]), bytes32(++_salts));
        if (rarely(8)) order.payment = uint96(random(order.payment));
        if (rarely(12)) order.payBy = uint48(block.timestamp);
        if (rarely(12)) order.settleBy = order.payBy + 6 days;
    }

    /// @dev As many units as the receipts pay for, where the price allows it.
    function _orderFor(uint256 a, address buyer, bytes32[] memory used) private returns (Order memory order) {
        uint256 bought = _remaining(a, used) * units[a] / prices[a];
        order = orderIn(escrows[a], rarely(8) ? anActor() : buyer, bought == 0 ? 1 : bought, bytes32(++_salts));
        if (rarely(6)) order.payBy = uint48(block.timestamp - 1);
    }

    function _remaining(uint256 a, bytes32[] memory used) private view returns (uint256 sum) {
        for (uint256 i = 0; i < used.length; ++i) {
            if (i == 0 || used[i] != used[0]) sum += escrows[a].receiptOf(used[i]).remaining;
        }
    }

    function _sign(IEscrow escrow_, Order memory order, uint256 key) private view returns (bytes memory) {
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
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
