// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC7943Fungible} from "../../src/interfaces/IERC7943Fungible.sol";
import {UpgradeSteps} from "./UpgradeSteps.sol";

/// @title Invariants that only a real call can answer. Forge throws away what an invariant itself changes, so every
/// state of a life is tried without being moved; which wallets are tried changes with the state.
abstract contract Trials is UpgradeSteps {
    /// @dev 3 and 4: between all wallets, a transfer passes exactly when canTransfer says so.
    function checkTransfers(bool passing) external {
        uint256 shift = 1 + (block.timestamp + orders.length) % (ACTORS - 1);
        for (uint256 i = shift; i < shift + 6; ++i) {
            (uint256 a, address from) = (i % ASSETS, actors[i % ACTORS]);
            address to = actors[(i + shift) % ACTORS];
            _disturb(i - shift, a, from, to);
            uint256 held = assets[a].balanceOf(from);
            uint256 amount = [uint256(0), 1, assets[a].freeOf(from), held][(i + shift) % 4];
            bool can = assets[a].canTransfer(from, to, amount);
            if (can != passing) continue;
            vm.prank(from);
            (bool ok,) = address(assets[a]).call(abi.encodeCall(IERC20.transfer, (to, amount)));
            if (passing) yes(ok, "4 a transfer refused that canTransfer allows");
            else no(ok, "3 a transfer that canTransfer forbids");
        }
    }

    function check6() external {
        uint256 start = block.timestamp + orders.length;
        for (uint256 i = start; i < start + 4; ++i) {
            (uint256 a, address from) = (i % ASSETS, actors[i % ACTORS]);
            uint256 held = assets[a].balanceOf(from);
            if (held == 0) continue;
            uint256 supply = assets[a].totalSupply();
            no(_force(a, from, from, 1), "6 a forced transfer to oneself");
            _force(a, from, actors[(i + 1) % ACTORS], held);
            eq(assets[a].totalSupply(), supply, "6 a forced transfer conserves the supply");
        }
    }

    /// @dev 22 between all wallets: what explain finds is what canTransfer says.
    function check22() external {
        uint256 start = block.timestamp + orders.length;
        for (uint256 i = start; i < start + 8; ++i) {
            (uint256 a, address from, address to) = (i % ASSETS, actors[(i / ACTORS) % ACTORS], actors[i % ACTORS]);
            _disturb(i - start, a, from, to);
            uint256 amount = [uint256(0), 1, assets[a].freeOf(from)][(i / 3) % 3];
            uint256 failed = compliance.explain(address(assets[a]), from, to, from, amount);
            yes((failed == 0) == assets[a].canTransfer(from, to, amount), "22 explain is the real call");
        }
    }

    /// @dev One more reason to refuse, or none: lives alone meet each too seldom.
    function _disturb(uint256 kind, uint256 a, address from, address to) private {
        vm.startPrank(freezer);
        if (kind == 1) assets[a].setAddressFrozen(to, true);
        if (kind == 2) assets[a].setAddressFrozen(from, true);
        if (kind == 3) assets[a].setFrozenTokens(from, 1);
        if (kind == 4) compliance.setWalletsFrozen(list(to), true);
        vm.stopPrank();
        if (kind == 5) sanction(from);
    }

    function _force(uint256 a, address from, address to, uint256 amount) private returns (bool ok) {
        vm.prank(enforcer);
        (ok,) = address(assets[a]).call(abi.encodeCall(IERC7943Fungible.forcedTransfer, (from, to, amount)));
    }
}
