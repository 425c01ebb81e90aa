// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IUpgradeable} from "../base/ISuite.sol";
import {EventChecks} from "./EventChecks.sol";

/// @title Every view's answer as one hash, and the upgrade of all that can be upgraded.
abstract contract UpgradeSteps is EventChecks {
    /// @dev The new token is the old code under another version: what changes must be the version alone.
    function upgradeEverything() external {
        string memory code = vm.toString(vm.getCode("AssetToken"));
        // The compiler pushes "1.0.0" without its last four bits, which are zero.
        code = vm.replace(code, "640312e302e360dc1b", "640312e312e360dc1b");
        address higher = create(abi.encodePacked(vm.parseBytes(code), abi.encode(suite)));
        vm.startPrank(address(timelock));
        factory.approveImplementation(higher, 2);
        for (uint256 a = 0; a < ASSETS; ++a) {
            IUpgradeable(address(assets[a])).upgradeToAndCall(higher, "");
        }
        _renew(suite.compliance, "ComplianceModule", abi.encode(suite, compliance.RECOVERY_DELAY()));
        _renew(suite.custody, "CustodyRegistry", abi.encode(suite));
        _renew(suite.issuance, "IssuanceModule", abi.encode(suite));
        _renew(suite.dividends, "DividendDistributor", abi.encode(suite));
        _renew(suite.redemption, "RedemptionModule", abi.encode(suite));
        _renew(suite.factory, "AssetFactory", abi.encode(suite, factory.escrowImplementation()));
        vm.stopPrank();
        vm.getRecordedLogs();
    }

    function versions() external view returns (bytes32) {
        return keccak256(abi.encode(assets[0].version(), assets[1].version(), assets[2].version()));
    }

    function answers() external view returns (bytes32 hash) {
        for (uint256 a = 0; a < ASSETS; ++a) {
            hash = keccak256(abi.encode(hash, _ofToken(assets[a]), _ofRules(address(assets[a]), a)));
            for (uint256 i = 0; i < ACTORS; ++i) {
                hash = keccak256(abi.encode(hash, _ofHolder(assets[a], actors[i]), _ofPairs(assets[a], actors[i])));
            }
        }
        for (uint256 i = 0; i < orders.length; ++i) {
            bytes32 id = escrows[orders[i].asset].orderIdOf(orders[i].order);
            hash = keccak256(abi.encode(hash, escrows[orders[i].asset].orderOf(id), issuance.escrowOf(id)));
        }
        for (uint256 id = 1; id <= redemption.redemptionCount(); ++id) {
            hash = keccak256(abi.encode(hash, redemption.redemptionOf(id)));
        }
        for (uint256 id = 1; id <= dividends.dividendCount(); ++id) {
            hash = keccak256(abi.encode(hash, dividends.dividendOf(id)));
            for (uint256 i = 0; i < ACTORS; ++i) {
                hash = keccak256(abi.encode(hash, dividends.claimable(id, actors[i]), dividends.heldFor(id, actors[i])));
            }
        }
    }

    function _renew(address proxy, string memory name, bytes memory arguments) private {
        IUpgradeable(proxy).upgradeToAndCall(create(abi.encodePacked(vm.getCode(name), arguments)), "");
    }

    function _ofToken(IAssetToken asset) private view returns (bytes32) {
        bytes memory fixed_ = abi.encode(asset.name(), asset.symbol(), asset.decimals(), asset.cap(), asset.roles());
        bytes memory moving = abi.encode(asset.totalSupply(), asset.totalMinted(), asset.status(), asset.snapshotId());
        bytes memory rest = abi.encode(
            asset.excludedAccounts(),
            asset.getAllDocuments(),
            asset.eligibleSupply(),
            asset.paused(),
            asset.compliance()
        );
        return keccak256(abi.encode(fixed_, moving, rest));
    }

    function _ofRules(address asset, uint256 a) private view returns (bytes32) {
        return keccak256(
            abi.encode(
                compliance.limitsOf(asset),
                compliance.holderCount(asset),
                custody.attestationOf(asset),
                redemption.finalRedemptionOf(asset),
                escrows[a].terms(),
                escrows[a].accounted(),
                factory.escrowOf(asset),
                factory.unclaimedAccountOf(asset)
            )
        );
    }

    function _ofHolder(IAssetToken asset, address who) private view returns (bytes32 hash) {
        hash = keccak256(
            abi.encode(asset.balanceOf(who), asset.freeOf(who), asset.getFrozenTokens(who), asset.lockedOf(who))
        );
        for (uint256 id = 1; id <= asset.snapshotId(); ++id) {
            hash = keccak256(abi.encode(hash, asset.balanceOfAt(who, id), asset.eligibleSupplyAt(id)));
        }
        hash = keccak256(abi.encode(hash, compliance.profileOf(who), compliance.successorOf(who), asset.isFrozen(who)));
    }

    function _ofPairs(IAssetToken asset, address from) private view returns (bytes32 hash) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            hash = keccak256(
                abi.encode(
                    hash,
                    compliance.explain(address(asset), from, actors[i], from, 1),
                    asset.canTransfer(from, actors[i], 1),
                    asset.allowance(from, actors[i])
                )
            );
        }
    }
}
