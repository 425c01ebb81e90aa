// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRedemptionModule} from "../../src/interfaces/IRedemptionModule.sol";
import {IIssuanceModule} from "../../src/interfaces/IIssuanceModule.sol";
import {IDividendDistributor} from "../../src/interfaces/IDividendDistributor.sol";
import {IAssetFactory} from "../../src/interfaces/IAssetFactory.sol";
import {ICustodyRegistry} from "../../src/interfaces/ICustodyRegistry.sol";
import {IComplianceModule} from "../../src/interfaces/IComplianceModule.sol";
import {IRoleRegistry} from "../../src/interfaces/IRoleRegistry.sol";
import {Suite} from "../../src/types/Suite.sol";
import {IFiatToken} from "./IFiatToken.sol";
import {ISuiteProxies, ITimelock, IUpgradeable} from "./ISuite.sol";
import {Test} from "./Test.sol";

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
    ITimelock internal timelock;
    IRoleRegistry internal registry;
    IAssetFactory internal factory;
    IComplianceModule internal compliance;
    ICustodyRegistry internal custody;
    IIssuanceModule internal issuance;
    IDividendDistributor internal dividends;
    IRedemptionModule internal redemption;
    IFiatToken internal usdc;
    address internal tokenImplementation;

    function deploySuite(address deployer, Inputs memory inputs) internal {
        vm.startPrank(deployer);
        usdc = deployUsdc();
        ISuiteProxies proxies = ISuiteProxies(build("SuiteProxies", "")); // 1
        timelock = ITimelock(
            build("UpgradeTimelock", abi.encode(inputs.minDelay, inputs.proposers, inputs.executors, inputs.guardians))
        ); // 2
        registry = IRoleRegistry(
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
        bytes memory start = abi.encodeCall(IAssetFactory.initialize, (tokenImplementation, 1));
        IUpgradeable(suite.factory).upgradeToAndCall(factoryCode, start); // 13
        vm.stopPrank();

        factory = IAssetFactory(suite.factory);
        compliance = IComplianceModule(suite.compliance);
        custody = ICustodyRegistry(suite.custody);
        issuance = IIssuanceModule(suite.issuance);
        dividends = IDividendDistributor(suite.dividends);
        redemption = IRedemptionModule(suite.redemption);
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
        IUpgradeable(proxy).upgradeToAndCall(implementation, "");
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
