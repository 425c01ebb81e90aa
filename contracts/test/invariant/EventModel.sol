// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IComplianceModule as C} from "../../src/interfaces/IComplianceModule.sol";
import {ICustodyRegistry} from "../../src/interfaces/ICustodyRegistry.sol";
import {IDividendDistributor as D} from "../../src/interfaces/IDividendDistributor.sol";
import {IERC7943Fungible} from "../../src/interfaces/IERC7943Fungible.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IRedemptionModule as R} from "../../src/interfaces/IRedemptionModule.sol";
import {AssetStatus} from "../../src/types/AssetStatus.sol";
import {
    FLAG_ALLOWLISTED,
    FLAG_FROZEN,
    FLAG_SANCTIONED,
    FLAG_SUCCEEDED,
    Limits,
    Profile,
    Successor
} from "../../src/types/Compliance.sol";
import {OrderStatus, PaymentMethod, Terms} from "../../src/types/Orders.sol";
import {Vm} from "../base/Test.sol";
import {World} from "./World.sol";

/// @title What an indexer knows: a model of the whole suite, fed by events and nothing else.
abstract contract EventModel is World {
    struct TokenModel {
        uint256 supply;
        uint256 minted;
        uint256 burned;
        AssetStatus status;
        uint256 snapshotId;
        uint256 holders;
        Limits limits;
        ICustodyRegistry.Attestation backing;
        R.FinalRedemption last;
        mapping(address => uint256) balance;
        mapping(address => uint256) frozen;
        mapping(address => uint256) locked;
        mapping(address => bool) stopped;
        mapping(address => bool) excluded;
        mapping(uint256 id => mapping(address => uint256)) balanceAt;
        mapping(uint256 id => uint256) totalAt;
        mapping(uint256 id => uint256) eligibleAt;
        mapping(uint128 person => uint256) wallets;
        mapping(uint8 investorType => uint256) policy;
    }

    struct EscrowModel {
        Terms terms;
        uint256 accounted;
        mapping(bytes32 => IEscrow.Receipt) receipts;
        mapping(bytes32 => IEscrow.FundedOrder) orders;
    }

    mapping(address token => TokenModel) internal tokenModel;
    mapping(address escrow => EscrowModel) internal escrowModel;
    mapping(address wallet => Profile) internal profileModel;
    mapping(address wallet => Successor) internal successorModel;
    mapping(uint256 id => D.Dividend) internal dividendModel;
    mapping(uint256 id => mapping(address => bool)) internal claimedModel;
    mapping(uint256 id => mapping(address => uint256)) internal heldModel;
    mapping(uint256 id => R.Redemption) internal redemptionModel;

    function setUp() public virtual override {
        super.setUp();
        absorb(vm.getRecordedLogs());
    }

    function absorb(Vm.Log[] memory logs) internal override {
        for (uint256 i = 0; i < logs.length; ++i) {
            Vm.Log memory log = logs[i];
            if (log.topics.length == 0 || log.emitter == address(usdc)) continue;
            if (log.emitter == suite.compliance) _compliance(log);
            else if (log.emitter == suite.dividends) _dividend(log, logs[i + 1 < logs.length ? i + 1 : i]);
            else if (log.emitter == suite.redemption) _redemption(log);
            else if (log.emitter == suite.custody) _custody(log);
            else if (factory.tokenOfEscrow(log.emitter) != address(0)) _escrow(log);
            else if (factory.isAsset(log.emitter)) _token(log);
        }
    }

    function _token(Vm.Log memory log) private {
        TokenModel storage model = tokenModel[log.emitter];
        bytes32 what = log.topics[0];
        if (what == IERC20.Transfer.selector) {
            _moved(model, addressOf(log, 1), addressOf(log, 2), abi.decode(log.data, (uint256)));
        } else if (what == IERC7943Fungible.Frozen.selector) {
            model.frozen[addressOf(log, 1)] = abi.decode(log.data, (uint256));
        } else if (what == IAssetToken.AddressFrozen.selector) {
            model.stopped[addressOf(log, 1)] = log.topics[2] != 0;
        } else if (what == IAssetToken.UnitsLocked.selector || what == IAssetToken.UnitsUnlocked.selector) {
            (, model.locked[addressOf(log, 1)]) = abi.decode(log.data, (uint256, uint256));
        } else if (what == IAssetToken.StatusChanged.selector) {
            model.status = abi.decode(log.data, (AssetStatus));
        } else if (what == IAssetToken.ExclusionSet.selector) {
            model.excluded[addressOf(log, 1)] = abi.decode(log.data, (bool));
        } else if (what == IAssetToken.Snapshot.selector) {
            _snapshot(model, uint256(log.topics[1]), log.data);
        }
    }

    function _moved(TokenModel storage model, address from, address to, uint256 amount) private {
        if (from == address(0)) (model.supply, model.minted) = (model.supply + amount, model.minted + amount);
        else model.balance[from] -= amount;
        if (to == address(0)) (model.supply, model.burned) = (model.supply - amount, model.burned + amount);
        else model.balance[to] += amount;
    }

    /// @dev The naive copy of all balances.
    function _snapshot(TokenModel storage model, uint256 id, bytes memory data) private {
        model.snapshotId = id;
        (model.eligibleAt[id], model.totalAt[id]) = abi.decode(data, (uint256, uint256));
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (!model.excluded[actors[i]]) model.balanceAt[id][actors[i]] = model.balance[actors[i]];
        }
    }

    function _compliance(Vm.Log memory log) private {
        bytes32 what = log.topics[0];
        address subject = addressOf(log, 1);
        Profile storage profile = profileModel[subject];
        if (what == C.ProfileSet.selector) {
            (profile.validUntil, profile.jurisdiction, profile.investorType) =
                abi.decode(log.data, (uint48, uint8, uint8));
            profile.investorId = uint128(uint256(log.topics[2]));
        } else if (what == C.AllowlistUpdated.selector) {
            _flag(profile, FLAG_ALLOWLISTED, abi.decode(log.data, (bool)));
        } else if (what == C.SanctionSet.selector) {
            _flag(profile, FLAG_SANCTIONED, abi.decode(log.data, (bool)));
        } else if (what == C.WalletFrozen.selector) {
            _flag(profile, FLAG_FROZEN, abi.decode(log.data, (bool)));
        } else if (what == C.SuccessorSet.selector) {
            address fresh = addressOf(log, 2);
            successorModel[subject] = Successor(fresh, abi.decode(log.data, (uint48)));
            _flag(profile, FLAG_SUCCEEDED, fresh != address(0));
        } else if (what == C.PolicySet.selector) {
            tokenModel[subject].policy[uint8(uint256(log.topics[2]))] = abi.decode(log.data, (uint256));
        } else if (what == C.LimitsSet.selector) {
            tokenModel[subject].limits = abi.decode(log.data, (Limits));
        } else if (what == C.HolderCount.selector) {
            (tokenModel[subject].wallets[uint128(uint256(log.topics[2]))], tokenModel[subject].holders) =
                abi.decode(log.data, (uint256, uint256));
        }
    }

    function _flag(Profile storage profile, uint8 flag, bool on) private {
        profile.flags = on ? profile.flags | flag : profile.flags & ~flag;
    }

    function _custody(Vm.Log memory log) private {
        ICustodyRegistry.Attestation storage backing = tokenModel[addressOf(log, 1)].backing;
        if (log.topics[0] == ICustodyRegistry.CustodyAttested.selector) {
            backing.proofHash = log.topics[2];
            (backing.units, backing.burnedSeen, backing.validUntil) = abi.decode(log.data, (uint96, uint96, uint48));
        } else if (log.topics[0] == ICustodyRegistry.CustodyRevoked.selector) {
            delete tokenModel[addressOf(log, 1)].backing;
        }
    }

    function _escrow(Vm.Log memory log) private {
        EscrowModel storage model = escrowModel[log.emitter];
        bytes32 what = log.topics[0];
        if (what == IEscrow.TermsSet.selector) {
            model.terms = Terms(addressOf(log, 1), abi.decode(log.data, (uint96)));
            return;
        }
        bytes32 id = log.topics[1];
        if (what == IEscrow.OrderFunded.selector) {
            _funded(model, log, id);
        } else if (what == IEscrow.OrderSettled.selector) {
            model.orders[id].status = OrderStatus.Settled;
            model.accounted -= model.orders[id].payment;
        } else if (what == IEscrow.OrderRefunded.selector) {
            model.orders[id].status = OrderStatus.Refunded;
            model.accounted -= model.orders[id].payment;
        } else if (what == IEscrow.ReceiptApproved.selector) {
            model.receipts[id] = IEscrow.Receipt(addressOf(log, 2), abi.decode(log.data, (uint96)));
            model.accounted += model.receipts[id].remaining;
        } else if (what == IEscrow.Allocated.selector) {
            (uint96 taken, uint96 remaining) = abi.decode(log.data, (uint96, uint96));
            model.receipts[id].remaining = remaining;
            model.accounted -= taken;
        } else if (what == IEscrow.PaymentReturned.selector) {
            model.receipts[id].remaining = 0;
            model.accounted -= abi.decode(log.data, (uint96));
        }
    }

    function _funded(EscrowModel storage model, Vm.Log memory log, bytes32 id) private {
        IEscrow.FundedOrder storage order = model.orders[id];
        (, order.units, order.payment,, order.settleBy,,) =
            abi.decode(log.data, (PaymentMethod, uint96, uint96, uint48, uint48, bytes32, bytes32));
        (order.buyer, order.payer) = (addressOf(log, 2), addressOf(log, 3));
        order.status = OrderStatus.Funded;
        model.accounted += order.payment;
    }

    function _dividend(Vm.Log memory log, Vm.Log memory next) private {
        bytes32 what = log.topics[0];
        uint256 id = uint256(log.topics[1]);
        D.Dividend storage model = dividendModel[id];
        if (what == D.DividendDeclared.selector) {
            model.token = addressOf(log, 2);
            model.snapshotId = uint32(uint256(log.topics[3]));
            (model.declared, model.expiry, model.eligible) = abi.decode(log.data, (uint96, uint48, uint96));
            model.status = D.DividendStatus.Declared;
        } else if (what == D.DividendFunded.selector) {
            model.funder = addressOf(log, 2);
            (, model.funded) = abi.decode(log.data, (uint96, uint96));
        } else if (what == D.DividendOpened.selector) {
            model.status = D.DividendStatus.Open;
        } else if (what == D.DividendClaimed.selector) {
            // The recorder keeps what a caught call emitted before it reverted; USDC moved nothing in between.
            if (next.topics[0] != D.DividendClaimSkipped.selector) _claimed(model, id, log);
        } else if (what == D.DividendHeld.selector) {
            heldModel[id][addressOf(log, 2)] = abi.decode(log.data, (uint96));
            model.held += abi.decode(log.data, (uint96));
        } else if (what == D.DividendSwept.selector) {
            model.paid += abi.decode(log.data, (uint96));
            model.status = D.DividendStatus.Swept;
        } else if (what == D.DividendCancelled.selector) {
            model.funded = 0;
            model.status = D.DividendStatus.Cancelled;
        }
    }

    function _claimed(D.Dividend storage model, uint256 id, Vm.Log memory log) private {
        address holder = addressOf(log, 3);
        (, uint96 amount) = abi.decode(log.data, (address, uint96));
        claimedModel[id][holder] = true;
        model.paid += amount;
        model.held -= uint96(heldModel[id][holder]);
        heldModel[id][holder] = 0;
    }

    function _redemption(Vm.Log memory log) private {
        bytes32 what = log.topics[0];
        R.Redemption storage model = redemptionModel[uint256(log.topics[1])];
        R.FinalRedemption storage last = tokenModel[addressOf(log, 1)].last;
        if (what == R.RedemptionRequested.selector) {
            (model.token, model.holder) = (addressOf(log, 2), addressOf(log, 3));
            (model.amount, model.minPayment) = abi.decode(log.data, (uint96, uint96));
            model.status = R.RedemptionStatus.Pending;
        } else if (what == R.RedemptionCancelled.selector) {
            model.status = R.RedemptionStatus.Cancelled;
        } else if (what == R.RedemptionSettled.selector) {
            model.status = R.RedemptionStatus.Settled;
            (,, model.payment) = abi.decode(log.data, (address, uint96, uint96));
        } else if (what == R.FinalRedemptionOpened.selector) {
            (last.price, last.remaining, last.expiry) = abi.decode(log.data, (uint96, uint96, uint48));
        } else if (what == R.FinalRedeemed.selector) {
            (,, uint96 payment) = abi.decode(log.data, (address, uint96, uint96));
            last.remaining -= payment;
        } else if (what == R.FinalRedemptionSwept.selector) {
            (last.remaining, last.swept) = (0, true);
        }
    }

    function addressOf(Vm.Log memory log, uint256 topic) internal pure returns (address) {
        return topic < log.topics.length ? address(uint160(uint256(log.topics[topic]))) : address(0);
    }
}
