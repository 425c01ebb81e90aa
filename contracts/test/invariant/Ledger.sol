// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {Order, OrderStatus} from "../../src/types/Orders.sol";
import {EventModel} from "./EventModel.sol";

/// @title The ghost ledgers: what the handlers know they did, kept beside the events.
abstract contract Ledger is EventModel {
    struct Known {
        uint256 asset;
        Order order;
        OrderStatus status;
    }

    uint256[ASSETS] internal prices = [uint256(PRICE), 7_000_001, 333_333];
    address[ASSETS] internal payees = [payTo, payTo, payTo];
    bool[ASSETS] internal closed;
    uint256[ASSETS] internal mintedUnits;
    uint256[ASSETS] internal burnedUnits;

    /// @dev What every escrow holds: for paid orders, for approved receipts, and what nobody has looked at.
    uint256[ASSETS] internal heldForOrders;
    uint256[ASSETS] internal heldForReceipts;
    uint256[ASSETS] internal unseen;
    Known[] internal orders;
    mapping(bytes32 orderId => uint256 position) internal positions;
    bytes32[][ASSETS] internal receipts;
    bytes32 internal lastSettled;

    mapping(uint256 asset => mapping(address holder => uint256)) internal pending;
    mapping(uint256 dividend => mapping(address holder => bool)) internal wasPaid;
    mapping(uint256 dividend => uint256) internal paidOut;

    function anAsset() internal returns (uint256) {
        return random(ASSETS);
    }

    /// @dev Nothing, the least, a part, everything, or more than there is.
    function amountOf(uint256 whole) internal returns (uint256) {
        uint256 kind = random(10);
        if (kind == 0) return 0;
        if (kind == 1) return 1;
        if (kind == 2) return whole + 1;
        if (kind < 5) return whole;
        return whole == 0 ? 0 : 1 + random(whole);
    }

    function anOrder() internal returns (bytes32 id, Known storage known) {
        known = orders[recent(orders.length)];
        id = escrows[known.asset].orderIdOf(known.order);
    }

    /// @dev Any of `count` positions, mostly one of the last four, where things still happen.
    function recent(uint256 count) internal returns (uint256) {
        return rarely(4) || count < 4 ? random(count) : count - 1 - random(4);
    }

    /// @dev Mostly somebody who holds the asset.
    function aHolder(uint256 a) internal returns (address who) {
        for (uint256 i = 0; i < 4; ++i) {
            who = anActor();
            if (assets[a].balanceOf(who) != 0) break;
        }
    }

    /// @dev Often one of the two wallets of one person.
    function aBuyer() internal returns (uint256 who) {
        return rarely(2) ? random(2) : random(ACTORS);
    }

    /// @dev Mostly somebody who asked to redeem the asset.
    function aRedeemer(uint256 a) internal returns (address who) {
        for (uint256 i = 0; i < 6; ++i) {
            who = anActor();
            if (pending[a][who] != 0) break;
        }
    }

    function indexOf(address asset) internal view returns (uint256 a) {
        while (address(assets[a]) != asset) ++a;
    }

    /// @dev Whether USDC lets money pass between the two.
    function passes(address from, address to) internal view returns (bool) {
        return !usdc.paused() && !usdc.isBlacklisted(from) && !usdc.isBlacklisted(to);
    }

    /// @dev payeeOf, or zero while it refuses.
    function payee(address wallet) internal view returns (address) {
        try compliance.payeeOf(wallet) returns (address to) {
            return to;
        } catch {
            return address(0);
        }
    }

    /// @dev What a holder is owed of a dividend: the floor, from the naive copy of the balances.
    function shareOf(uint256 id, address holder) internal view returns (uint256) {
        uint256 balance = tokenModel[dividendModel[id].token].balanceAt[dividendModel[id].snapshotId][holder];
        return balance * dividendModel[id].declared / dividendModel[id].eligible;
    }
}
