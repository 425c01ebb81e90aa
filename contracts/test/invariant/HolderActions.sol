// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IRedemptionModule as R} from "../../src/interfaces/IRedemptionModule.sol";
import {OrderActions} from "./OrderActions.sol";

/// @title What holders do with their units: send them, let others send them, ask to redeem them.
abstract contract HolderActions is OrderActions {
    function transferUnits(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        (address from, address to) = (aHolder(a), rarely(20) ? address(0) : actors[aBuyer()]);
        uint256 amount = amountOf(assets[a].freeOf(from));
        bool can = assets[a].canTransfer(from, to, amount);
        bool explained = compliance.explain(address(assets[a]), from, to, from, amount) == 0;
        bool free = _unspent(a, from) >= amount;

        (bool ok,) = attempt("transfer", from, address(assets[a]), abi.encodeCall(IERC20.transfer, (to, amount)));
        if (ok) yes(can, "3 a transfer that canTransfer forbids");
        else no(can, "4 a transfer refused that canTransfer allows");
        yes(ok == explained, "22 explain is the real call: a transfer");
        if (ok) yes(free, "5 frozen or locked units were spent");
        if (ok) no(closed[a], "17 no transfer of a closed asset");
    }

    function transferUnitsOfAnother(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        (address from, address to, address spender) = (aHolder(a), anActor(), anActor());
        uint256 amount = amountOf(assets[a].freeOf(from));
        uint256 allowed = rarely(3) ? amountOf(amount) : type(uint256).max;
        vm.prank(from);
        assets[a].approve(spender, allowed);
        bool can = assets[a].canTransfer(from, to, amount);
        uint256 failed = compliance.explain(address(assets[a]), from, to, spender, amount);

        bytes memory call = abi.encodeCall(IERC20.transferFrom, (from, to, amount));
        (bool ok,) = attempt("transferFrom", spender, address(assets[a]), call);
        if (ok) yes(can, "3 a transferFrom that canTransfer forbids");
        // The token asks an owner who spends through transferFrom for an allowance as well; explain takes him at his word.
        if (spender != from || allowed >= amount) {
            yes(ok == (failed == 0), "22 explain is the real call: a transferFrom");
        }
        if (ok) no(closed[a], "17 no transfer of a closed asset");
    }

    function requestARedemption(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        address holder = aHolder(a);
        uint256 amount = amountOf(assets[a].freeOf(holder));
        bool free = _unspent(a, holder) >= amount;
        bytes memory call = abi.encodeCall(R.request, (address(assets[a]), uint96(amount), uint96(random(50e6))));
        (bool ok,) = attempt("request", holder, suite.redemption, call);
        if (!ok) return;
        yes(free && amount != 0, "5 frozen or locked units were locked again");
        no(closed[a], "17 no redemption request of a closed asset");
        pending[a][holder] += amount;
    }

    function cancelARedemption(uint256 seed) external {
        seedWith(seed);
        uint256 count = redemption.redemptionCount();
        if (count == 0) return;
        uint256 id = 1 + recent(count);
        R.Redemption memory found = redemption.redemptionOf(id);
        bool byLaw = rarely(3);
        address by = byLaw ? enforcer : rarely(4) ? anActor() : found.holder;
        bytes memory call = byLaw ? abi.encodeCall(R.cancelFor, (id)) : abi.encodeCall(R.cancel, (id));
        (bool ok,) = attempt(byLaw ? bytes32("cancelFor") : bytes32("cancelRequest"), by, suite.redemption, call);
        bool may = byLaw || by == found.holder;
        yes(ok == (may && found.status == R.RedemptionStatus.Pending), "16 a pending request is cancelled once");
        if (ok) pending[indexOf(found.token)][found.holder] -= found.amount;
    }

    function redeemAtTheEnd(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        address holder = aHolder(a);
        uint256 amount = assets[a].balanceOf(holder);
        address to = payee(holder);
        uint256 before = usdc.balanceOf(to);
        R.FinalRedemption memory last = redemption.finalRedemptionOf(address(assets[a]));
        bytes memory call = abi.encodeCall(R.redeemFinal, (address(assets[a])));
        (bool ok,) = attempt("redeemFinal", holder, suite.redemption, call);
        if (!ok) return;
        yes(closed[a] && !last.swept && _unspent(a, holder) == 0, "16 the end is paid when it is open");
        eq(usdc.balanceOf(to) - before, amount * last.price / units[a], "16 exactly the price is paid at the end");
        burnedUnits[a] += amount;
    }

    function retireExcludedUnits(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        address account = rarely(4) ? anActor() : treasury;
        uint256 amount = amountOf(assets[a].freeOf(account));
        bytes memory call = abi.encodeCall(R.retire, (address(assets[a]), uint96(amount)));
        (bool ok,) = attempt("retire", account, suite.redemption, call);
        if (!ok) return;
        yes(assets[a].isExcluded(account), "16 only excluded units are burned unpaid");
        burnedUnits[a] += amount;
    }

    /// @dev Free units by the model of events: balance less frozen less locked.
    function _unspent(uint256 a, address holder) internal view returns (uint256) {
        uint256 kept = tokenModel[address(assets[a])].frozen[holder] + pending[a][holder];
        uint256 balance = tokenModel[address(assets[a])].balance[holder];
        return balance > kept ? balance - kept : 0;
    }
}
