// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetFactory} from "../../src/interfaces/IAssetFactory.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Fixture} from "../base/Fixture.sol";
import {IMockOracle, IPlaceholder, ISuiteProxies, IUpgradeable} from "../base/ISuite.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";

contract DeploymentTest is Fixture {
    function proxies() private view returns (address[6] memory) {
        return [suite.factory, suite.compliance, suite.custody, suite.issuance, suite.dividends, suite.redemption];
    }

    function test_the_deployer_keeps_nothing() public view {
        bytes32[8] memory names = [
            Roles.ASSET_ADMIN,
            Roles.TREASURER,
            Roles.COMPLIANCE,
            Roles.FREEZER,
            Roles.ENFORCER,
            Roles.PAUSER,
            Roles.ESCROW_OPERATOR,
            Roles.GUARDIAN
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            no(registry.hasRole(names[i], deployer), "platform role");
        }
        no(registry.hasRole(bytes32(0), deployer), "registry admin");
        no(timelock.hasRole(bytes32(0), deployer), "timelock admin");
        no(timelock.hasRole(timelock.PROPOSER_ROLE(), deployer), "proposer");
        no(timelock.hasRole(timelock.CANCELLER_ROLE(), deployer), "canceller");
    }

    function test_only_the_timelock_upgrades_a_module() public {
        address next = build("CustodyRegistry", abi.encode(suite));
        address[6] memory all = proxies();
        for (uint256 i = 0; i < all.length; ++i) {
            vm.expectRevert(onlyCaller(address(timelock), deployer));
            vm.prank(deployer);
            IUpgradeable(all[i]).upgradeToAndCall(next, "");
        }
        vm.prank(address(timelock));
        IUpgradeable(suite.custody).upgradeToAndCall(next, "");
        yes(custody.isBacked(address(token), CAP), "state kept");
    }

    function test_only_the_deployer_sets_a_proxys_first_code() public {
        vm.prank(deployer);
        ISuiteProxies fresh = ISuiteProxies(build("SuiteProxies", ""));
        address next = build("CustodyRegistry", abi.encode(suite));
        address proxy = fresh.custody();
        vm.expectRevert(err(IPlaceholder.OnlyDeployer.selector, deployer, anyone));
        vm.prank(anyone);
        IUpgradeable(proxy).upgradeToAndCall(next, "");
    }

    function test_implementations_are_locked() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        vm.prank(suite.factory);
        IAssetToken(tokenImplementation).initialize(IAssetToken.Setup("x", "x", 1, 1, "", keccak256("x")));
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        factory.initialize(tokenImplementation, 9);
        IAssetFactory code = IAssetFactory(build("AssetFactory", abi.encode(suite, escrow)));
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        code.initialize(tokenImplementation, 9);
    }

    function test_an_upgrade_waits_in_the_timelock_and_a_guardian_may_cancel_it() public {
        bytes memory call =
            abi.encodeCall(IUpgradeable.upgradeToAndCall, (build("CustodyRegistry", abi.encode(suite)), bytes("")));
        vm.prank(proposer);
        timelock.schedule(suite.custody, 0, call, bytes32(0), bytes32(0), 2 days);
        bytes32 id = timelock.hashOperation(suite.custody, 0, call, bytes32(0), bytes32(0));
        vm.prank(guardian);
        timelock.cancel(id);
        no(timelock.isOperation(id), "cancelled");

        vm.startPrank(proposer);
        timelock.schedule(suite.custody, 0, call, bytes32(0), bytes32(0), 2 days);
        vm.warp(NOW + 2 days);
        timelock.execute(suite.custody, 0, call, bytes32(0), bytes32(0));
        vm.stopPrank();
        yes(timelock.isOperationDone(id), "executed");
    }

    function buildCustody() external returns (address) {
        return build("CustodyRegistry", abi.encode(suite));
    }

    function buildOracle() external returns (address) {
        return build("MockSanctionsOracle", "");
    }

    function test_a_contract_without_a_role_store_is_not_deployed() public {
        suite.roles = address(0);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        this.buildCustody();
    }

    function test_the_mock_oracle_lives_on_the_development_chain_only() public {
        IMockOracle oracle = IMockOracle(build("MockSanctionsOracle", ""));
        oracle.addToSanctionsList(list(bob));
        yes(oracle.isSanctioned(bob), "listed");
        oracle.removeFromSanctionsList(list(bob));
        no(oracle.isSanctioned(bob), "cleared");

        vm.chainId(8453);
        vm.expectRevert(err(IMockOracle.DevelopmentChainOnly.selector, 8453));
        this.buildOracle();
    }
}
