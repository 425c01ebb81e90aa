// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ComplianceModule} from "../../src/compliance/ComplianceModule.sol";
import {CustodyRegistry} from "../../src/custody/CustodyRegistry.sol";
import {AssetFactory} from "../../src/factory/AssetFactory.sol";
import {RoleRegistry} from "../../src/governance/RoleRegistry.sol";
import {SuiteProxies} from "../../src/governance/SuiteProxies.sol";
import {UpgradeTimelock} from "../../src/governance/UpgradeTimelock.sol";
import {DividendDistributor} from "../../src/income/DividendDistributor.sol";
import {IRoleRegistry} from "../../src/interfaces/IRoleRegistry.sol";
import {IssuanceModule} from "../../src/issuance/IssuanceModule.sol";
import {RedemptionModule} from "../../src/redemption/RedemptionModule.sol";
import {Suite} from "../../src/types/Suite.sol";
import {IFiatToken} from "./IFiatToken.sol";
import {Test} from "./Test.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

/// @title The steps of script/DEPLOY.md, numbered as there.
abstract contract Deployment is Test {
    struct Inputs {
        uint256 minDelay;
        uint48 adminDelay;
        uint48 recoveryDelay;
        address[] proposers;
        address[] executors;
        address[] guardians;
        IRoleRegistry.Grant[] grants;
    }

    address internal constant USDC_ADMIN = address(0xADD1);
    address internal constant CIRCLE = address(0xC1C1E);

    Suite internal suite;
    UpgradeTimelock internal timelock;
    RoleRegistry internal registry;
    AssetFactory internal factory;
    ComplianceModule internal compliance;
    CustodyRegistry internal custody;
    IssuanceModule internal issuance;
    DividendDistributor internal dividends;
    RedemptionModule internal redemption;
    IFiatToken internal usdc;
    address internal tokenImplementation;

    function deploySuite(address deployer, Inputs memory inputs) internal {
        vm.startPrank(deployer);
        usdc = deployUsdc();
        SuiteProxies proxies = SuiteProxies(build("SuiteProxies", "")); // 1
        timelock = UpgradeTimelock(
            payable(build(
                    "UpgradeTimelock", abi.encode(inputs.minDelay, inputs.proposers, inputs.executors, inputs.guardians)
                ))
        ); // 2
        registry = RoleRegistry(
            build("RoleRegistry", abi.encode(inputs.adminDelay, timelock, proxies.factory(), inputs.grants))
        ); // 3
        suite = Suite({
            roles: address(registry),
            factory: proxies.factory(),
            compliance: proxies.compliance(),
            custody: proxies.custody(),
            issuance: proxies.issuance(),
            dividends: proxies.dividends(),
            redemption: proxies.redemption(),
            usdc: address(usdc)
        });
        install(suite.compliance, build("ComplianceModule", abi.encode(suite, inputs.recoveryDelay))); // 4, 12
        install(suite.custody, build("CustodyRegistry", abi.encode(suite))); // 5, 12
        install(suite.issuance, build("IssuanceModule", abi.encode(suite))); // 6, 12
        install(suite.dividends, build("DividendDistributor", abi.encode(suite))); // 7, 12
        install(suite.redemption, build("RedemptionModule", abi.encode(suite))); // 8, 12
        tokenImplementation = build("AssetToken", abi.encode(suite)); // 9
        address factoryCode = build("AssetFactory", abi.encode(suite, build("Escrow", abi.encode(suite)))); // 10, 11
        bytes memory start = abi.encodeCall(AssetFactory.initialize, (tokenImplementation, 1));
        UUPSUpgradeable(suite.factory).upgradeToAndCall(factoryCode, start); // 13
        vm.stopPrank();

        factory = AssetFactory(suite.factory);
        compliance = ComplianceModule(suite.compliance);
        custody = CustodyRegistry(suite.custody);
        issuance = IssuanceModule(suite.issuance);
        dividends = DividendDistributor(suite.dividends);
        redemption = RedemptionModule(suite.redemption);
    }

    /// @dev Circle's FiatTokenV2_2 behind its own proxy, from the committed bytecode: steps 0a to 0e.
    function deployUsdc() internal returns (IFiatToken token) {
        string memory json = vm.readFile("abi/v1/SignatureChecker.json");
        address checker = create(vm.parseBytes(vm.parseJsonString(json, ".bytecode")));
        json = vm.readFile("abi/v1/FiatTokenV2_2.json");
        string memory hexChecker = vm.replace(vm.toString(checker), "0x", "");
        string memory code =
            vm.replace(vm.parseJsonString(json, ".bytecode"), "__$715109b5d747ea58b675c6ea3f0dba8c60$__", hexChecker);
        address implementation = create(vm.parseBytes(code));
        json = vm.readFile("abi/v1/FiatTokenProxy.json");
        code = vm.parseJsonString(json, ".bytecode");
        token = IFiatToken(create(abi.encodePacked(vm.parseBytes(code), abi.encode(implementation))));
        token.changeAdmin(USDC_ADMIN);
        token.initialize("USD Coin", "USDC", "USD", 6, CIRCLE, CIRCLE, CIRCLE, CIRCLE);
        token.initializeV2("USD Coin");
        token.initializeV2_1(CIRCLE);
        token.initializeV2_2(new address[](0), "USDC");
    }

    function install(address proxy, address implementation) internal {
        UUPSUpgradeable(proxy).upgradeToAndCall(implementation, "");
    }

    /// @dev By name, not by `new`: a test contract that holds the suite's code takes long to compile.
    function build(string memory name, bytes memory arguments) internal returns (address) {
        return create(abi.encodePacked(vm.getCode(name), arguments));
    }

    function create(bytes memory code) internal returns (address deployed) {
        assembly {
            deployed := create(0, add(code, 0x20), mload(code))
        }
        if (deployed == address(0)) {
            assembly {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }
}
