// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IComplianceModule as C} from "../../src/interfaces/IComplianceModule.sol";
import {IERC7943Fungible} from "../../src/interfaces/IERC7943Fungible.sol";
import {ACCREDITED, Limits, Profile} from "../../src/types/Compliance.sol";
import {HolderActions} from "./HolderActions.sol";

/// @title What the law, the platform's officers, Circle and the clock do. Most of it is undone more often than done, so
/// that the world stays alive.
abstract contract OfficerActions is HolderActions {
    function freezeSomeUnits(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        address account = rarely(2) ? aRedeemer(a) : anActor();
        uint256 amount = !rarely(3) ? 0 : amountOf(assets[a].balanceOf(account));
        uint256 locked = assets[a].lockedOf(account);
        bytes memory call = abi.encodeCall(IERC7943Fungible.setFrozenTokens, (account, amount));
        (bool ok,) = attempt("setFrozenTokens", freezer, address(assets[a]), call);
        yes(ok, "a freeze never fails");
        eq(assets[a].lockedOf(account), locked, "5 a freeze overwrote a lock");
    }

    function freezeAWalletForAnAsset(uint256 seed) external {
        seedWith(seed);
        bytes memory call = abi.encodeCall(IAssetToken.setAddressFrozen, (anActor(), rarely(12)));
        (bool ok,) = attempt("setAddressFrozen", freezer, address(assets[anAsset()]), call);
        yes(ok, "a freeze never fails");
    }

    function freezeOrSanctionAWallet(uint256 seed) external {
        seedWith(seed);
        (address wallet, bool on) = (anActor(), rarely(12));
        bool frozen = rarely(2);
        bytes memory call = frozen
            ? abi.encodeCall(C.setWalletsFrozen, (list(wallet), on))
            : abi.encodeCall(C.setSanctioned, (list(wallet), on));
        (bool ok,) = attempt(
            frozen ? bytes32("freeze") : bytes32("sanction"), frozen ? freezer : officer, suite.compliance, call
        );
        yes(ok, "a sanction never fails");
    }

    function allowOrRefuseAWallet(uint256 seed) external {
        seedWith(seed);
        attempt("allowlist", officer, suite.compliance, abi.encodeCall(C.setAllowlist, (anActor(), !rarely(12))));
    }

    function renewAProfile(uint256 seed) external {
        seedWith(seed);
        address wallet = anActor();
        Profile memory profile = compliance.profileOf(wallet);
        uint48 until = rarely(12) ? uint48(block.timestamp - 1) : uint48(block.timestamp + 300 days);
        uint8 jurisdiction = rarely(3) ? US : DE;
        uint128 person = rarely(6) ? profile.investorId + 1 : profile.investorId;
        bytes memory call = abi.encodeCall(C.setProfile, (wallet, until, jurisdiction, profile.investorType, person));
        (bool ok,) = attempt("setProfile", officer, suite.compliance, call);
        // The stranger becomes known with number 1 once in a while; everyone else keeps his number.
        yes(ok == (person != 0 && (profile.investorId == 0 || person == profile.investorId)), "24 a number changed");
    }

    function changeTheRules(uint256 seed) external {
        seedWith(seed);
        address asset = address(assets[anAsset()]);
        if (rarely(2)) {
            uint256 word = rarely(3) ? allow(DE) : allow(DE) | allow(US);
            attempt("setPolicy", officer, suite.compliance, abi.encodeCall(C.setPolicy, (asset, ACCREDITED, word)));
            return;
        }
        Limits memory limits = Limits(uint32(rarely(2) ? 0 : 2 + random(5)), uint48(block.timestamp), 0);
        if (rarely(2)) limits.minHolding = uint96(1 + random(2));
        if (rarely(8)) limits.lockUpUntil += 1 days;
        attempt("setLimits", officer, suite.compliance, abi.encodeCall(C.setLimits, (asset, limits)));
    }

    function forceATransfer(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        (address from, address to) = (rarely(2) ? aRedeemer(a) : aHolder(a), anActor());
        (uint256 supply, uint256 held) = (assets[a].totalSupply(), assets[a].balanceOf(from));
        uint256 amount = amountOf(held);
        bool can = assets[a].canReceive(to);
        uint256 others = assets[a].balanceOf(to);
        bytes memory call = abi.encodeCall(IERC7943Fungible.forcedTransfer, (from, to, amount));
        (bool ok,) = attempt("forcedTransfer", enforcer, address(assets[a]), call);
        eq(assets[a].totalSupply(), supply, "6 a forced transfer conserves the supply");
        if (from == to) no(ok, "6 a forced transfer to oneself");
        if (!ok) return;
        yes(can, "3 a forced transfer to who may not receive");
        eq(assets[a].balanceOf(from), held - amount, "6 exactly the amount is taken");
        eq(assets[a].balanceOf(to), others + amount, "6 exactly the amount arrives");
    }

    function nameASuccessor(uint256 seed) external {
        seedWith(seed);
        if (!rarely(3)) return;
        bool pair = !rarely(4);
        (address lost, address fresh) = pair ? (actors[0], actors[1]) : (anActor(), anActor());
        bool samePerson = compliance.profileOf(lost).investorId == compliance.profileOf(fresh).investorId;
        (bool ok,) = attempt("setSuccessor", enforcer, suite.compliance, abi.encodeCall(C.setSuccessor, (lost, fresh)));
        if (ok) yes(samePerson && lost != fresh, "the successor is another wallet of the same person");
    }

    function withdrawASuccessor(uint256 seed) external {
        seedWith(seed);
        if (!rarely(5)) return;
        attempt("cancelSuccessor", guardian, suite.compliance, abi.encodeCall(C.cancelSuccessor, (actors[0])));
    }

    function recoverUnits(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        (address lost, address fresh) = rarely(4) ? (anActor(), anActor()) : (actors[0], actors[1]);
        uint48 effective = compliance.successorOf(lost).effectiveAt;
        if (effective > block.timestamp) vm.warp(effective);
        address to = payee(lost);
        (uint256 supply, uint256 held) = (assets[a].totalSupply(), assets[a].balanceOf(lost));
        uint256 others = assets[a].balanceOf(fresh);
        bytes memory call = abi.encodeCall(IAssetToken.recoveryAddress, (lost, fresh, address(0)));
        (bool ok,) = attempt("recovery", enforcer, address(assets[a]), call);
        if (!ok) return;
        yes(to == fresh && pending[a][lost] == 0, "only the successor, and no pending request");
        eq(assets[a].totalSupply(), supply, "6 a recovery conserves the supply");
        eq(assets[a].balanceOf(fresh), others + held, "6 everything arrives");
    }

    function pauseOrResume(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        bool stop = rarely(5);
        bytes memory call = stop ? abi.encodeCall(IAssetToken.pause, ()) : abi.encodeCall(IAssetToken.unpause, ());
        (bool ok,) = attempt(
            stop ? bytes32("pause") : bytes32("unpause"), stop ? pauser : address(timelock), address(assets[a]), call
        );
        if (ok) no(closed[a], "17 a closed asset never comes back");
    }

    function closeAnAsset(uint256 seed) external {
        seedWith(seed);
        if (!rarely(6)) return;
        uint256 a = 1 + random(2);
        attempt("pause", pauser, address(assets[a]), abi.encodeCall(IAssetToken.pause, ()));
        (bool ok,) =
            attempt("markRedeemed", address(timelock), address(assets[a]), abi.encodeCall(IAssetToken.markRedeemed, ()));
        if (ok) closed[a] = true;
    }

    function excludeOrCountTheTreasury(uint256 seed) external {
        seedWith(seed);
        uint256 a = anAsset();
        address account = rarely(4) ? anActor() : treasury;
        bytes memory call = abi.encodeCall(IAssetToken.setExcluded, (account, !rarely(3)));
        (bool ok,) = attempt("setExcluded", address(timelock), address(assets[a]), call);
        if (ok) no(closed[a], "17 nobody is excluded from a closed asset");
    }

    function circleActs(uint256 seed) external {
        seedWith(seed);
        address subject = rarely(4) ? address(escrows[anAsset()]) : rarely(8) ? suite.dividends : anActor();
        vm.startPrank(CIRCLE);
        if (rarely(4)) {
            usdc.blacklist(subject);
        } else {
            for (uint256 i = 0; i < ACTORS + ASSETS + 1; ++i) {
                if (i < ACTORS) usdc.unBlacklist(actors[i]);
                else usdc.unBlacklist(i < ACTORS + ASSETS ? address(escrows[i - ACTORS]) : suite.dividends);
            }
        }
        if (rarely(8)) usdc.pause();
        else usdc.unpause();
        vm.stopPrank();
        vm.getRecordedLogs();
    }

    function waitAWhile(uint256 seed) external {
        seedWith(seed);
        vm.warp(block.timestamp + (rarely(4) ? 8 days : 1 hours + random(1 days)));
    }
}
