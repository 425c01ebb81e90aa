// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Trials} from "./Trials.sol";

/// @title The whole world as one contract that forge calls at random. No call of an action may revert: a revert is a
/// broken rule, named by its invariant's number.
contract Handler is Trials {
    /// @notice Every action forge may choose.
    function actions() public pure returns (bytes4[] memory all) {
        bytes4[32] memory some = [
            this.depositAnOrder.selector,
            this.depositWithASignature.selector,
            this.sendPlainMoney.selector,
            this.approveAReceipt.selector,
            this.allocateReceipts.selector,
            this.returnAReceipt.selector,
            this.mintAnOrder.selector,
            this.refundAnOrder.selector,
            this.cancelAnOrder.selector,
            this.changeTheTerms.selector,
            this.attestBacking.selector,
            this.revokeBacking.selector,
            this.transferUnits.selector,
            this.transferUnitsOfAnother.selector,
            this.requestARedemption.selector,
            this.cancelARedemption.selector,
            this.redeemAtTheEnd.selector,
            this.retireExcludedUnits.selector,
            this.freezeSomeUnits.selector,
            this.freezeAWalletForAnAsset.selector,
            this.freezeOrSanctionAWallet.selector,
            this.allowOrRefuseAWallet.selector,
            this.renewAProfile.selector,
            this.changeTheRules.selector,
            this.forceATransfer.selector,
            this.nameASuccessor.selector,
            this.withdrawASuccessor.selector,
            this.recoverUnits.selector,
            this.pauseOrResume.selector,
            this.closeAnAsset.selector,
            this.excludeOrCountTheTreasury.selector,
            this.circleActs.selector
        ];
        bytes4[12] memory rest = [
            this.waitAWhile.selector,
            this.declareADividend.selector,
            this.fundADividend.selector,
            this.claimAShare.selector,
            this.claimForAHolder.selector,
            this.claimForEverybody.selector,
            this.holdAShare.selector,
            this.sweepADividend.selector,
            this.cancelADividend.selector,
            this.settleARedemption.selector,
            this.openTheEnd.selector,
            this.sweepTheEnd.selector
        ];
        all = new bytes4[](some.length + rest.length);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = i < some.length ? some[i] : rest[i - some.length];
        }
    }

    /// @notice How often the call of this name succeeded.
    function successesOf(bytes32 name) external view returns (uint256) {
        return successes[name];
    }
}
