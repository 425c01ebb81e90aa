// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDividendDistributor as D} from "../../src/interfaces/IDividendDistributor.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IRedemptionModule as R} from "../../src/interfaces/IRedemptionModule.sol";
import {OrderStatus} from "../../src/types/Orders.sol";
import {Profile} from "../../src/types/Compliance.sol";
import {IncomeActions} from "./IncomeActions.sol";

/// @title The invariants, asked of the world as it stands; numbers are those of the specification.
abstract contract Checks is IncomeActions {
    function check1() external view {
        for (uint256 a = 0; a < ASSETS; ++a) {
            uint256 sum;
            for (uint256 i = 0; i < ACTORS; ++i) {
                sum += assets[a].balanceOf(actors[i]);
            }
            eq(sum, assets[a].totalSupply(), "1 sum of balances == supply");
        }
    }

    function check2() external view {
        for (uint256 a = 0; a < ASSETS; ++a) {
            yes(assets[a].totalSupply() <= assets[a].cap(), "2 supply <= cap");
        }
    }

    /// @dev Nor does a freeze, tried on every lock there is, overwrite one.
    function check5() external {
        vm.startPrank(freezer);
        for (uint256 a = 0; a < ASSETS; ++a) {
            for (uint256 i = 0; i < ACTORS; ++i) {
                uint256 locked = assets[a].lockedOf(actors[i]);
                eq(locked, pending[a][actors[i]], "5 locked == sum of pending requests");
                yes(assets[a].balanceOf(actors[i]) >= locked, "5 locked units were spent");
                if (locked == 0) continue;
                assets[a].setFrozenTokens(actors[i], 1);
                eq(assets[a].lockedOf(actors[i]), locked, "5 a freeze overwrote a lock");
            }
        }
        vm.stopPrank();
    }

    function check7() external view {
        for (uint256 a = 0; a < ASSETS; ++a) {
            for (uint256 id = 1; id <= assets[a].snapshotId(); ++id) {
                for (uint256 i = 0; i < ACTORS; ++i) {
                    uint256 naive = tokenModel[address(assets[a])].balanceAt[id][actors[i]];
                    eq(assets[a].balanceOfAt(actors[i], id), naive, "7 balanceOfAt changed");
                }
            }
        }
    }

    function check8() external view {
        for (uint256 a = 0; a < ASSETS; ++a) {
            for (uint256 id = 1; id <= assets[a].snapshotId(); ++id) {
                uint256 sum;
                for (uint256 i = 0; i < ACTORS; ++i) {
                    sum += assets[a].balanceOfAt(actors[i], id);
                }
                eq(sum, assets[a].eligibleSupplyAt(id), "8 sum of balanceOfAt == eligibleSupplyAt");
            }
        }
    }

    function check9() external view {
        for (uint256 id = 1; id <= dividends.dividendCount(); ++id) {
            D.Dividend memory pot = dividends.dividendOf(id);
            yes(paidOut[id] <= pot.funded, "9 claimed <= funded");
            yes(pot.paid <= pot.funded && pot.funded <= pot.declared, "9 paid <= funded <= declared");
        }
    }

    function check10() external view {
        uint256 outstanding;
        for (uint256 id = 1; id <= dividends.dividendCount(); ++id) {
            outstanding += owed(id, dividends.dividendOf(id));
        }
        yes(usdc.balanceOf(suite.dividends) >= outstanding, "10 the distributor owes more than it has");
    }

    function check11() external view {
        for (uint256 id = 1; id <= dividends.dividendCount(); ++id) {
            D.DividendStatus status = dividends.dividendOf(id).status;
            for (uint256 i = 0; i < ACTORS; ++i) {
                eq(dividends.isClaimed(id, actors[i]) ? 1 : 0, wasPaid[id][actors[i]] ? 1 : 0, "11 claimed == paid");
                if (status != D.DividendStatus.Open) continue;
                uint256 due = wasPaid[id][actors[i]] ? 0 : shareOf(id, actors[i]);
                eq(dividends.claimable(id, actors[i]), due, "11 exactly the floor, once");
            }
        }
    }

    function check12() external view {
        for (uint256 id = 1; id <= dividends.dividendCount(); ++id) {
            D.Dividend memory pot = dividends.dividendOf(id);
            if (pot.status != D.DividendStatus.Open) continue;
            (uint256 shares, uint256 holders) = (paidOut[id], 0);
            for (uint256 i = 0; i < ACTORS; ++i) {
                shares += dividends.claimable(id, actors[i]);
                if (tokenModel[pot.token].balanceAt[pot.snapshotId][actors[i]] != 0) ++holders;
            }
            yes(shares <= pot.funded && pot.funded - shares < holders, "12 dust < holders");
        }
    }

    function check13() external view {
        for (uint256 a = 0; a < ASSETS; ++a) {
            uint256 known = heldForOrders[a] + heldForReceipts[a];
            eq(escrows[a].accounted(), known, "13 accounted == orders + receipts");
            eq(usdc.balanceOf(address(escrows[a])), known + unseen[a], "13 the escrow's USDC == the ghost ledger");
        }
    }

    function check14() external view {
        for (uint256 i = 0; i < orders.length; ++i) {
            Known storage known = orders[i];
            IEscrow escrow_ = escrows[known.asset];
            OrderStatus status = escrow_.orderOf(escrow_.orderIdOf(known.order)).status;
            eq(uint256(status), uint256(known.status), "14 an order went another way");
        }
    }

    /// @dev Leaves no trace: an invariant's own changes are thrown away, and the clock is set back.
    function check15() external {
        uint256 time = block.timestamp;
        for (uint256 i = 0; i < orders.length; ++i) {
            Known storage known = orders[i];
            if (known.status == OrderStatus.Funded) this.tryRefund(escrows[known.asset].orderIdOf(known.order));
            vm.warp(time);
        }
    }

    function check16() external view {
        for (uint256 a = 0; a < ASSETS; ++a) {
            eq(assets[a].totalMinted(), mintedUnits[a], "16 minted == records");
            eq(assets[a].totalBurned(), burnedUnits[a], "16 burned == records");
            eq(assets[a].totalSupply(), mintedUnits[a] - burnedUnits[a], "16 supply == minted - burned");
        }
        uint256 left;
        for (uint256 a = 0; a < ASSETS; ++a) {
            left += redemption.finalRedemptionOf(address(assets[a])).remaining;
        }
        eq(usdc.balanceOf(suite.redemption), left, "16 the end's money is all there");
    }

    function check17() external view {
        for (uint256 a = 0; a < ASSETS; ++a) {
            eq(uint256(assets[a].status()) == 2 ? 1 : 0, closed[a] ? 1 : 0, "17 closed for ever");
        }
    }

    /// @dev Every person's wallets are looked at afresh.
    function check24() external view {
        for (uint256 a = 1; a < ASSETS; ++a) {
            uint256 persons;
            for (uint256 i = 0; i < ACTORS; ++i) {
                uint128 person = compliance.profileOf(actors[i]).investorId;
                (uint256 wallets, bool first) = _walletsOf(a, person, i);
                if (person == 0) continue;
                eq(compliance.walletCount(address(assets[a]), person), wallets, "24 wallets of a person");
                if (first && wallets != 0) ++persons;
            }
            eq(compliance.holderCount(address(assets[a])), persons, "24 persons who hold");
        }
    }

    function owed(uint256 id, D.Dividend memory pot) private view returns (uint256 sum) {
        if (pot.status == D.DividendStatus.Declared) return pot.funded;
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (wasPaid[id][actors[i]]) continue;
            if (pot.status == D.DividendStatus.Open) sum += shareOf(id, actors[i]);
            if (pot.status == D.DividendStatus.Swept) sum += heldModel[id][actors[i]];
        }
    }

    function _walletsOf(uint256 a, uint128 person, uint256 at) private view returns (uint256 wallets, bool first) {
        first = true;
        for (uint256 j = 0; j < ACTORS; ++j) {
            Profile memory profile = compliance.profileOf(actors[j]);
            if (profile.investorId != person) continue;
            if (j < at) first = false;
            if (assets[a].balanceOf(actors[j]) != 0) ++wallets;
        }
    }
}
