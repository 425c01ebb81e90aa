// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDividendDistributor as D} from "../../src/interfaces/IDividendDistributor.sol";
import {IRedemptionModule as R} from "../../src/interfaces/IRedemptionModule.sol";
import {OfficerActions} from "./OfficerActions.sol";

/// @title Money that reaches holders: dividends by snapshot, settled redemptions, the end.
abstract contract IncomeActions is OfficerActions {
    function declareADividend(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        uint48 expiry = uint48(block.timestamp + 1 + random(10 days));
        bytes memory call = abi.encodeCall(D.declare, (address(assets[a]), uint96(1 + random(500e6)), expiry));
        (bool ok,) = attempt("declare", treasurer, suite.dividends, call);
        if (ok) no(closed[a], "17 no dividend of a closed asset");
    }

    function fundADividend(uint256 seed) external {
        seedWith(seed);
        (uint256 id, bool any) = _aDividend(D.DividendStatus.Declared);
        if (!any) return;
        D.Dividend memory pot = dividends.dividendOf(id);
        uint256 missing = pot.declared - pot.funded;
        uint256 amount = rarely(3) ? missing + 1 : rarely(3) ? 1 + random(missing + 1) : missing;
        uint256 held = usdc.balanceOf(suite.dividends);
        (bool ok,) = attempt("fund", treasurer, suite.dividends, abi.encodeCall(D.fund, (id, uint96(amount))));
        if (!ok) return;
        eq(usdc.balanceOf(suite.dividends) - held, amount, "9 exactly what is booked came in");
        yes(amount <= missing, "9 never more than was declared");
    }

    function claimAShare(uint256 seed) external {
        seedWith(seed);
        (uint256 id, bool any) = _aDividend(D.DividendStatus.Open);
        if (any) _claim("claim", id, _entitled(id), false);
    }

    function claimForAHolder(uint256 seed) external {
        seedWith(seed);
        (uint256 id, bool any) = _aDividend(D.DividendStatus.Open);
        if (any) _claim("claimFor", id, _entitled(id), true);
    }

    function claimForEverybody(uint256 seed) external {
        seedWith(seed);
        (uint256 id, bool any) = _aDividend(D.DividendStatus.Open);
        if (!any) return;
        address[] memory holders = new address[](ACTORS + 1);
        for (uint256 i = 0; i <= ACTORS; ++i) {
            holders[i] = actors[i % ACTORS];
        }
        bytes memory call = abi.encodeCall(D.claimFor, (holders, id));
        (bool ok,) = attempt("claimForAll", anyone, suite.dividends, call);
        yes(ok, "one holder who cannot be paid must not stop the others");
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (!dividends.isClaimed(id, actors[i]) || wasPaid[id][actors[i]]) continue;
            wasPaid[id][actors[i]] = true;
            paidOut[id] += shareOf(id, actors[i]);
        }
    }

    function holdAShare(uint256 seed) external {
        seedWith(seed);
        (uint256 id, bool any) = _aDividend(D.DividendStatus.Open);
        if (any) attempt("hold", officer, suite.dividends, abi.encodeCall(D.hold, (id, _entitled(id))));
    }

    function sweepADividend(uint256 seed) external {
        seedWith(seed);
        (uint256 id, bool any) = _aDividend(D.DividendStatus.Open);
        if (!any) return;
        D.Dividend memory pot = dividends.dividendOf(id);
        if (rarely(3) && pot.expiry >= block.timestamp) vm.warp(uint256(pot.expiry) + 1);
        uint256 before = usdc.balanceOf(UNCLAIMED);
        (bool ok,) = attempt("sweep", treasurer, suite.dividends, abi.encodeCall(D.sweep, (id)));
        if (!ok) return;
        yes(block.timestamp > pot.expiry, "10 nothing is swept before its expiry");
        eq(usdc.balanceOf(UNCLAIMED) - before, pot.funded - paidOut[id] - pot.held, "10 held shares stay");
    }

    function cancelADividend(uint256 seed) external {
        seedWith(seed);
        (uint256 id, bool any) = _aDividend(D.DividendStatus.Declared);
        if (any && rarely(3)) attempt("cancelDividend", treasurer, suite.dividends, abi.encodeCall(D.cancel, (id)));
    }

    function settleARedemption(uint256 seed) external {
        seedWith(seed);
        uint256 count = redemption.redemptionCount();
        if (count == 0) return;
        uint256 id = _aRedemption(count);
        R.Redemption memory found = redemption.redemptionOf(id);
        uint256 a = indexOf(found.token);
        uint256 payment = rarely(4) ? random(uint256(found.minPayment) + 1) : found.minPayment + random(10e6);
        address to = payee(found.holder);
        (uint256 money, uint256 held) = (usdc.balanceOf(to), assets[a].balanceOf(found.holder));
        uint256 frozen = assets[a].getFrozenTokens(found.holder);

        bytes memory call = abi.encodeCall(R.settle, (id, uint96(payment)));
        (bool ok,) = attempt("settle", treasurer, suite.redemption, call);
        if (!ok) return;
        yes(payment >= found.minPayment, "16 no burn without the payment asked for");
        yes(found.status == R.RedemptionStatus.Pending, "16 a request is settled once");
        yes(held >= frozen + found.amount && !assets[a].isFrozen(found.holder), "5 a freeze beats a lock");
        eq(usdc.balanceOf(to) - money, payment, "16 exactly the payment arrives");
        eq(held - assets[a].balanceOf(found.holder), found.amount, "16 exactly the units are burned");
        pending[a][found.holder] -= found.amount;
        burnedUnits[a] += found.amount;
    }

    function openTheEnd(uint256 seed) external {
        seedWith(seed);
        uint256 a = 1 + random(2);
        uint48 expiry = uint48(block.timestamp + 1 + random(20 days));
        bytes memory call = abi.encodeCall(R.openFinal, (address(assets[a]), uint96(1 + random(60e6)), expiry));
        (bool ok,) = attempt("openFinal", treasurer, suite.redemption, call);
        if (ok) yes(closed[a], "16 the end is opened for a closed asset");
    }

    function sweepTheEnd(uint256 seed) external {
        seedWith(seed);
        bytes memory call = abi.encodeCall(R.sweepFinal, (address(assets[1 + random(2)])));
        attempt("sweepFinal", treasurer, suite.redemption, call);
    }

    function _claim(bytes32 name, uint256 id, address holder, bool byAnother) private {
        uint256 share = shareOf(id, holder);
        address to = payee(holder);
        uint256 before = usdc.balanceOf(to);
        D.Dividend memory pot = dividends.dividendOf(id);
        bool open =
            pot.status == D.DividendStatus.Open || (pot.status == D.DividendStatus.Swept && heldModel[id][holder] != 0);
        bool due = open && share != 0 && !wasPaid[id][holder] && to != address(0) && passes(suite.dividends, to);
        bytes memory call = byAnother ? abi.encodeCall(D.claimFor, (list(holder), id)) : abi.encodeCall(D.claim, (id));
        (bool ok,) = attempt(name, byAnother ? anyone : holder, suite.dividends, call);
        yes(ok == (due || byAnother), "11 a holder is paid what is due, and nothing else");
        eq(usdc.balanceOf(to) - before, due ? share : 0, "11 exactly the floor, once");
        if (!due) return;
        wasPaid[id][holder] = true;
        paidOut[id] += share;
    }

    /// @dev Mostly somebody who held at the snapshot.
    function _entitled(uint256 id) private returns (address who) {
        for (uint256 i = 0; i < 4; ++i) {
            who = anActor();
            if (shareOf(id, who) != 0) break;
        }
    }

    /// @dev Mostly a pending one.
    function _aRedemption(uint256 count) private returns (uint256 id) {
        for (uint256 i = 0; i < 5; ++i) {
            id = 1 + recent(count);
            if (redemption.redemptionOf(id).status == R.RedemptionStatus.Pending) break;
        }
    }

    /// @dev A dividend, mostly one in the state the action needs.
    function _aDividend(D.DividendStatus wanted) private returns (uint256 id, bool any) {
        uint256 count = dividends.dividendCount();
        if (count == 0) return (0, false);
        for (uint256 i = 0; i < 5; ++i) {
            id = 1 + recent(count);
            if (dividends.dividendOf(id).status == wanted) break;
        }
        return (id, true);
    }
}
