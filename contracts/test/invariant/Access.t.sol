// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {IRedemptionModule} from "../../src/interfaces/IRedemptionModule.sol";
import {IRoleRegistry} from "../../src/interfaces/IRoleRegistry.sol";
import {IAssetFactory} from "../../src/interfaces/IAssetFactory.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {Fixture} from "../base/Fixture.sol";

/// @title Invariants 18 and 21, asked of every selector in the ABI: a new function without a line in the table below
/// fails the test.
contract Access is Fixture {
    bytes32 private constant INITIALIZABLE = 0xf0c57e16840df040f15088dc2f81fe391c3923bec73e23a9662efc9c229c6a00;

    struct Principal {
        string name;
        address account;
    }

    Principal[] internal principals;
    /// @dev "Contract.signature" => who may call it, by name, in the order of `principals`; "all" = anyone.
    mapping(bytes32 key => string allowed) internal table;
    mapping(string name => address) internal at;
    bytes32 internal orderId;

    error WrongCallers(string contractName, string signature, string allowed, string expected);

    function setUp() public override {
        super.setUp();
        buy(alice, 10 * UNIT);
        vm.prank(alice);
        redemption.request(address(token), uint96(UNIT), 1);
        orderId = deposit(orderFor(bob, UNIT));
        _people();
        _table();
    }

    function test_18_every_privileged_selector_refuses_everyone_else() public {
        string[8] memory names = [
            "AssetToken",
            "Escrow",
            "ComplianceModule",
            "CustodyRegistry",
            "IssuanceModule",
            "DividendDistributor",
            "RedemptionModule",
            "AssetFactory"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            _askAll(names[i]);
        }
    }

    function test_21_implementations_are_init_locked() public {
        IAssetToken.Setup memory setup = IAssetToken.Setup("x", "x", 18, 1, "x", bytes32(uint256(1)));
        address locked = build("AssetToken", abi.encode(suite));
        vm.prank(suite.factory);
        vm.expectRevert(bytes4(keccak256("InvalidInitialization()")));
        IAssetToken(locked).initialize(setup);
        vm.prank(suite.factory);
        vm.expectRevert(bytes4(keccak256("InvalidInitialization()")));
        IAssetToken(address(token)).initialize(setup);

        locked = build("AssetFactory", abi.encode(suite, address(escrow)));
        vm.expectRevert(bytes4(keccak256("InvalidInitialization()")));
        IAssetFactory(locked).initialize(tokenImplementation, 2);
        eq(vm.load(locked, INITIALIZABLE), bytes32(uint256(type(uint64).max)), "locked for ever");
        vm.expectRevert(bytes4(keccak256("InvalidInitialization()")));
        factory.initialize(tokenImplementation, 2);

        vm.prank(suite.factory);
        vm.expectRevert(IEscrow.AlreadyInitialized.selector);
        escrow.initialize(payTo, 1, 18);
        address code = factory.escrowImplementation();
        vm.expectRevert(onlyCaller(suite.factory, address(this)));
        IEscrow(code).initialize(payTo, 1, 18);
    }

    function _askAll(string memory name) private {
        string memory json = vm.readFile(string.concat("out/", name, ".sol/", name, ".json"));
        string[] memory signatures = vm.parseJsonKeys(json, ".methodIdentifiers");
        for (uint256 i = 0; i < signatures.length; ++i) {
            string memory expected = table[_key(name, signatures[i])];
            if (keccak256(bytes(expected)) == keccak256("all")) continue;
            if (bytes(expected).length == 0 && _isView(json, signatures[i])) continue;
            string memory allowed = _askEveryone(at[name], signatures[i]);
            if (keccak256(bytes(allowed)) != keccak256(bytes(expected))) {
                revert WrongCallers(name, signatures[i], allowed, expected);
            }
        }
    }

    /// @dev The names of all who are not refused for who they are.
    function _askEveryone(address target, string memory signature) private returns (string memory allowed) {
        bytes memory call = abi.encodePacked(bytes4(keccak256(bytes(signature))), _firstWord(signature));
        call = bytes.concat(call, new bytes(32 * 40));
        for (uint256 i = 0; i < principals.length; ++i) {
            if (_refused(principals[i].account, target, call)) continue;
            allowed = string.concat(allowed, bytes(allowed).length == 0 ? "" : " ", principals[i].name);
        }
    }

    function _refused(address caller, address target, bytes memory call) private returns (bool) {
        try this.attempt(caller, target, call) {
            return false; // never reached: attempt always reverts, so that nothing it did stays
        } catch (bytes memory reason) {
            bytes4 selector = bytes4(reason);
            return selector == IGoverned.MissingRole.selector || selector == IGoverned.MissingAssetRole.selector
                || selector == IGoverned.OnlyCaller.selector || selector == IRedemptionModule.NotTheHolder.selector;
        }
    }

    function attempt(address caller, address target, bytes calldata call) external {
        vm.prank(caller);
        (, bytes memory answer) = target.call(call);
        assembly {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    /// @dev Zeros decode as any argument; the first must be a token, a paid order or a request that exist.
    function _firstWord(string memory signature) private view returns (bytes32) {
        // Where a string or bytes follow, the first word is their length as well.
        if (_startsWith(signature, "(bytes32,string") || _startsWith(signature, "(address,bytes)")) return bytes32(0);
        if (_startsWith(signature, "(address,") || _startsWith(signature, "(address)")) {
            return bytes32(uint256(uint160(address(token))));
        }
        if (_startsWith(signature, "(bytes32,") || _startsWith(signature, "(bytes32)")) return orderId;
        return _startsWith(signature, "(uint256") ? bytes32(uint256(1)) : bytes32(0);
    }

    function _startsWith(string memory signature, string memory arguments) private pure returns (bool) {
        bytes memory text = bytes(signature);
        bytes memory wanted = bytes(arguments);
        uint256 open = 0;
        while (text[open] != "(") ++open;
        for (uint256 i = 0; i < wanted.length; ++i) {
            if (open + i >= text.length || text[open + i] != wanted[i]) return false;
        }
        // A list is an offset, not a value.
        uint256 after_ = open + wanted.length;
        return after_ >= text.length || text[after_] != "[";
    }

    function _isView(string memory json, string memory signature) private pure returns (bool) {
        bytes memory text = bytes(signature);
        uint256 open = 0;
        while (text[open] != "(") ++open;
        bytes memory name = new bytes(open);
        for (uint256 i = 0; i < open; ++i) {
            name[i] = text[i];
        }
        string memory path = string.concat("$.abi[?(@.name == '", string(name), "')].stateMutability");
        bytes32 mutability = keccak256(bytes(vm.parseJsonString(json, path)));
        return mutability == keccak256("view") || mutability == keccak256("pure");
    }

    function _key(string memory name, string memory signature) private pure returns (bytes32) {
        return keccak256(bytes(string.concat(name, ".", signature)));
    }

    function _people() private {
        principals.push(Principal("assetAdmin", assetAdmin));
        principals.push(Principal("treasurer", treasurer));
        principals.push(Principal("compliance", officer));
        principals.push(Principal("freezer", freezer));
        principals.push(Principal("enforcer", enforcer));
        principals.push(Principal("pauser", pauser));
        principals.push(Principal("operator", operator));
        principals.push(Principal("guardian", guardian));
        principals.push(Principal("issuer", issuer));
        principals.push(Principal("custodian", custodian));
        principals.push(Principal("timelock", address(timelock)));
        principals.push(Principal("proposer", proposer));
        principals.push(Principal("deployer", deployer));
        principals.push(Principal("holder", alice));
        principals.push(Principal("anyone", anyone));
        principals.push(Principal("FACTORY", suite.factory));
        principals.push(Principal("ISSUANCE", suite.issuance));
        principals.push(Principal("DIVIDENDS", suite.dividends));
        principals.push(Principal("REDEMPTION", suite.redemption));
        principals.push(Principal("COMPLIANCE", suite.compliance));
        principals.push(Principal("TOKEN", address(token)));
        principals.push(Principal("ESCROW", address(escrow)));
        at["AssetToken"] = address(token);
        at["Escrow"] = address(escrow);
        at["ComplianceModule"] = suite.compliance;
        at["CustodyRegistry"] = suite.custody;
        at["IssuanceModule"] = suite.issuance;
        at["DividendDistributor"] = suite.dividends;
        at["RedemptionModule"] = suite.redemption;
        at["AssetFactory"] = suite.factory;
    }

    function _may(string memory name, string memory signature, string memory allowed) private {
        table[_key(name, signature)] = allowed;
    }

    function _table() private {
        _tokenTable();
        _complianceTable();
        _moneyTable();
    }

    function _tokenTable() private {
        string memory t = "AssetToken";
        _may(t, "transfer(address,uint256)", "all");
        _may(t, "transferFrom(address,address,uint256)", "all");
        _may(t, "approve(address,uint256)", "all");
        _may(t, "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", "all");
        _may(t, "initialize((string,string,uint8,uint96,string,bytes32))", "all"); // locked: 21
        _may(t, "mint(address,uint256)", "ISSUANCE");
        _may(t, "burn(address,uint256)", "REDEMPTION");
        _may(t, "burnLocked(address,uint256)", "REDEMPTION");
        _may(t, "lock(address,uint256)", "REDEMPTION");
        _may(t, "unlock(address,uint256)", "REDEMPTION");
        _may(t, "snapshot()", "DIVIDENDS");
        _may(t, "pause()", "pauser guardian");
        _may(t, "unpause()", "timelock");
        _may(t, "markRedeemed()", "timelock");
        _may(t, "setExcluded(address,bool)", "timelock");
        _may(t, "upgradeToAndCall(address,bytes)", "timelock");
        _may(t, "setAddressFrozen(address,bool)", "freezer");
        _may(t, "setFrozenTokens(address,uint256)", "freezer");
        _may(t, "batchSetAddressFrozen(address[],bool[])", "freezer");
        _may(t, "batchSetFrozenTokens(address[],uint256[])", "freezer");
        _may(t, "forcedTransfer(address,address,uint256)", "enforcer");
        _may(t, "batchForcedTransfer(address[],address[],uint256[])", "enforcer");
        _may(t, "recoveryAddress(address,address,address)", "enforcer");
        _may(t, "setDocument(bytes32,string,bytes32)", "issuer");
    }

    function _complianceTable() private {
        string memory c = "ComplianceModule";
        _may(c, "setProfile(address,uint48,uint8,uint8,uint128)", "compliance");
        _may(c, "setAllowlist(address,bool)", "compliance");
        _may(c, "batchSetAllowlist(address[],bool)", "compliance");
        _may(c, "setProfilesAndAllowlist((address,uint48,uint8,uint8,uint128,bool)[])", "compliance");
        _may(c, "setSanctioned(address[],bool)", "compliance");
        _may(c, "setPolicy(address,uint8,uint256)", "compliance");
        _may(c, "setLimits(address,(uint32,uint48,uint96))", "compliance");
        _may(c, "cancelSuccessor(address)", "compliance guardian");
        _may(c, "setWalletsFrozen(address[],bool)", "freezer");
        _may(c, "setSuccessor(address,address)", "enforcer");
        _may(c, "registerAsset(address,uint256[4],bool,(uint32,uint48,uint96))", "FACTORY");
        _may(c, "upgradeToAndCall(address,bytes)", "timelock");
        _may(c, "onTransfer(address,address,address,uint256,uint256,uint256)", "all"); // a caller's own books only
        _may(c, "onMove(address,address,uint256,uint256,uint256)", "all");
        _may("CustodyRegistry", "attest(address,bytes32,uint96,uint96,uint48)", "custodian");
        _may("CustodyRegistry", "revoke(address)", "pauser custodian");
        _may("CustodyRegistry", "upgradeToAndCall(address,bytes)", "timelock");
        string memory f = "AssetFactory";
        _may(f, "initialize(address,uint32)", "all"); // locked: 21
        _may(f, "approveImplementation(address,uint32)", "timelock");
        _may(f, "revokeImplementation(address)", "guardian timelock");
        _may(f, "setUnclaimedAccount(address,address)", "assetAdmin");
        _may(f, "upgradeToAndCall(address,bytes)", "timelock");
        _may(
            f,
            "deployAsset((bytes32,string,string,uint8,uint96,address,address,address,uint96,string,bytes32,uint256[4],bool,(uint32,uint48,uint96),address))",
            "assetAdmin"
        );
    }

    function _moneyTable() private {
        string memory e = "Escrow";
        _may(e, "deposit((address,uint96,uint96,uint48,uint48,bytes32,bytes32))", "all");
        _may(e, "depositWithAuthorization((address,uint96,uint96,uint48,uint48,bytes32,bytes32),bytes)", "all");
        _may(e, "refund(bytes32)", "all");
        _may(e, "initialize(address,uint96,uint8)", "FACTORY");
        _may(e, "setTerms(address,uint96)", "assetAdmin");
        _may(e, "approveReceipt(bytes32,address,uint96)", "compliance");
        _may(e, "allocate((address,uint96,uint96,uint48,uint48,bytes32,bytes32),bytes32[])", "operator");
        _may(e, "returnPayment(bytes32)", "operator");
        _may(e, "settle(bytes32)", "ISSUANCE");
        _may(e, "cancel(bytes32)", "issuer");
        _may(e, "rescue(address,address)", "timelock");
        _may("IssuanceModule", "mint(bytes32)", "issuer");
        _may("IssuanceModule", "mintMany(bytes32[])", "all"); // nothing happens for an empty list
        _may("IssuanceModule", "noteOrder(bytes32)", "all"); // UnknownEscrow, see the escrow's tests
        _may("IssuanceModule", "upgradeToAndCall(address,bytes)", "timelock");
        string memory d = "DividendDistributor";
        _may(d, "declare(address,uint96,uint48)", "treasurer");
        _may(d, "fund(uint256,uint96)", "treasurer");
        _may(d, "sweep(uint256)", "treasurer");
        _may(d, "cancel(uint256)", "treasurer");
        _may(d, "hold(uint256,address)", "compliance");
        _may(d, "claim(uint256)", "all");
        _may(d, "claimMany(uint256[])", "all");
        _may(d, "claimFor(address[],uint256)", "all");
        _may(d, "claimOne(uint256,address)", "DIVIDENDS");
        _may(d, "upgradeToAndCall(address,bytes)", "timelock");
        string memory r = "RedemptionModule";
        _may(r, "request(address,uint96,uint96)", "all");
        _may(r, "redeemFinal(address)", "all");
        _may(r, "retire(address,uint96)", "all");
        _may(r, "cancel(uint256)", "holder");
        _may(r, "cancelFor(uint256)", "enforcer");
        _may(r, "settle(uint256,uint96)", "treasurer");
        _may(r, "openFinal(address,uint96,uint48)", "treasurer");
        _may(r, "sweepFinal(address)", "treasurer");
        _may(r, "upgradeToAndCall(address,bytes)", "timelock");
    }
}
