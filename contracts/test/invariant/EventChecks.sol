// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {Checks} from "./Checks.sol";

/// @title Invariant 23: every view answers what the events have told.
abstract contract EventChecks is Checks {
    function check23() external view {
        for (uint256 a = 0; a < ASSETS; ++a) {
            _sameToken(assets[a]);
            for (uint256 i = 0; i < ACTORS; ++i) {
                _sameHolder(assets[a], actors[i]);
            }
            _sameEscrow(a);
        }
        for (uint256 i = 0; i < ACTORS; ++i) {
            _same(abi.encode(compliance.profileOf(actors[i])), abi.encode(profileModel[actors[i]]), "profile");
            _same(abi.encode(compliance.successorOf(actors[i])), abi.encode(successorModel[actors[i]]), "successor");
        }
        for (uint256 id = 1; id <= redemption.redemptionCount(); ++id) {
            _same(abi.encode(redemption.redemptionOf(id)), abi.encode(redemptionModel[id]), "redemption");
        }
        for (uint256 id = 1; id <= dividends.dividendCount(); ++id) {
            _sameDividend(id);
        }
    }

    function _sameToken(IAssetToken asset) private view {
        TokenModel storage model = tokenModel[address(asset)];
        eq(asset.totalSupply(), model.supply, "23 totalSupply");
        eq(asset.totalMinted(), model.minted, "23 totalMinted");
        eq(asset.totalBurned(), model.burned, "23 totalBurned");
        eq(uint256(asset.status()), uint256(model.status), "23 status");
        eq(asset.snapshotId(), model.snapshotId, "23 snapshotId");
        for (uint256 id = 1; id <= model.snapshotId; ++id) {
            eq(asset.totalSupplyAt(id), model.totalAt[id], "23 totalSupplyAt");
            eq(asset.eligibleSupplyAt(id), model.eligibleAt[id], "23 eligibleSupplyAt");
        }
        eq(compliance.holderCount(address(asset)), model.holders, "23 holderCount");
        _same(abi.encode(compliance.limitsOf(address(asset))), abi.encode(model.limits), "limits");
        _same(abi.encode(custody.attestationOf(address(asset))), abi.encode(model.backing), "backing");
        _same(abi.encode(redemption.finalRedemptionOf(address(asset))), abi.encode(model.last), "final redemption");
        for (uint8 kind = 0; kind < 4; ++kind) {
            eq(compliance.policyOf(address(asset), kind), model.policy[kind], "23 policy");
        }
    }

    function _sameHolder(IAssetToken asset, address holder) private view {
        TokenModel storage model = tokenModel[address(asset)];
        eq(asset.balanceOf(holder), model.balance[holder], "23 balanceOf");
        eq(asset.getFrozenTokens(holder), model.frozen[holder], "23 frozen units");
        eq(asset.lockedOf(holder), model.locked[holder], "23 locked units");
        yes(asset.isFrozen(holder) == model.stopped[holder], "23 frozen wallet");
        yes(asset.isExcluded(holder) == model.excluded[holder], "23 excluded");
        uint128 person = profileModel[holder].investorId;
        if (person != 0) eq(compliance.walletCount(address(asset), person), model.wallets[person], "23 walletCount");
    }

    function _sameEscrow(uint256 a) private view {
        EscrowModel storage model = escrowModel[address(escrows[a])];
        _same(abi.encode(escrows[a].terms()), abi.encode(model.terms), "terms");
        eq(escrows[a].accounted(), model.accounted, "23 accounted");
        for (uint256 i = 0; i < receipts[a].length; ++i) {
            bytes32 receipt = receipts[a][i];
            _same(abi.encode(escrows[a].receiptOf(receipt)), abi.encode(model.receipts[receipt]), "receipt");
        }
        for (uint256 i = 0; i < orders.length; ++i) {
            if (orders[i].asset != a) continue;
            bytes32 id = escrows[a].orderIdOf(orders[i].order);
            _same(abi.encode(escrows[a].orderOf(id)), abi.encode(model.orders[id]), "order");
        }
    }

    function _sameDividend(uint256 id) private view {
        _same(abi.encode(dividends.dividendOf(id)), abi.encode(dividendModel[id]), "dividend");
        for (uint256 i = 0; i < ACTORS; ++i) {
            yes(dividends.isClaimed(id, actors[i]) == claimedModel[id][actors[i]], "23 claimed");
            eq(dividends.heldFor(id, actors[i]), heldModel[id][actors[i]], "23 held");
        }
    }

    function _same(bytes memory view_, bytes memory told, string memory what) private pure {
        eq(keccak256(view_), keccak256(told), what);
    }
}
