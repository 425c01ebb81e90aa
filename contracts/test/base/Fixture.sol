// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IAssetFactory} from "../../src/interfaces/IAssetFactory.sol";
import {IGoverned} from "../../src/interfaces/IGoverned.sol";
import {IRoleRegistry} from "../../src/interfaces/IRoleRegistry.sol";
import {Limits, ProfileInput, RETAIL, SYSTEM} from "../../src/types/Compliance.sol";
import {Order} from "../../src/types/Orders.sol";
import {Roles} from "../../src/types/Roles.sol";
import {Deployment} from "./Deployment.sol";

/// @title A deployed suite, one asset without limits, known people, and the shortest words for what they do.
abstract contract Fixture is Deployment {
    uint256 internal constant NOW = 1_800_000_000;
    uint256 internal constant UNIT = 1e18;
    uint96 internal constant PRICE = 50e6;
    uint96 internal constant CAP = 1_000_000e18;
    uint8 internal constant DE = 57;
    uint8 internal constant US = 233;
    uint256 internal constant ALICE_KEY = 0xA11CE;

    address internal deployer = address(0xDE9);
    address internal proposer = address(0x9209);
    address internal assetAdmin = address(0xAD31);
    address internal treasurer = address(0x72EA);
    address internal officer = address(0x0FF1);
    address internal freezer = address(0xF2EE);
    address internal enforcer = address(0xE2F0);
    address internal pauser = address(0x9A05);
    address internal operator = address(0x09E2);
    address internal guardian = address(0x60A2);
    address internal issuer = address(0x1552);
    address internal custodian = address(0xC057);
    address internal payTo = address(0x9A70);
    address internal anyone = address(0xA27);

    address internal alice = vm.addr(ALICE_KEY);
    address internal alice2 = address(0xA11CE2);
    address internal bob = address(0xB0B);
    address internal carol = address(0xCA201);
    address internal treasury = address(0x72E5);
    uint128 internal constant ALICE_ID = 1001;
    uint128 internal constant BOB_ID = 1002;
    uint128 internal constant CAROL_ID = 1003;
    uint128 internal constant TREASURY_ID = 1004;

    IAssetToken internal token;
    IEscrow internal escrow;

    function setUp() public virtual {
        vm.warp(NOW);
        deploySuite(deployer, suiteInputs());
        vm.prank(CIRCLE);
        usdc.configureMinter(CIRCLE, type(uint256).max);
        (token, escrow) = newAsset("asset one", false, Limits(0, 0, 0));
        admit(alice, ALICE_ID);
        admit(alice2, ALICE_ID);
        admit(bob, BOB_ID);
        admit(carol, CAROL_ID);
        attest(token, CAP);
    }

    function suiteInputs() internal view returns (Inputs memory inputs) {
        inputs.minDelay = 2 days;
        inputs.adminDelay = 5 days;
        inputs.recoveryDelay = 7 days;
        inputs.proposers = list(proposer);
        inputs.executors = list(proposer);
        inputs.guardians = list(guardian);
        inputs.grants = new IRoleRegistry.Grant[](8);
        inputs.grants[0] = IRoleRegistry.Grant(Roles.ASSET_ADMIN, assetAdmin);
        inputs.grants[1] = IRoleRegistry.Grant(Roles.TREASURER, treasurer);
        inputs.grants[2] = IRoleRegistry.Grant(Roles.COMPLIANCE, officer);
        inputs.grants[3] = IRoleRegistry.Grant(Roles.FREEZER, freezer);
        inputs.grants[4] = IRoleRegistry.Grant(Roles.ENFORCER, enforcer);
        inputs.grants[5] = IRoleRegistry.Grant(Roles.PAUSER, pauser);
        inputs.grants[6] = IRoleRegistry.Grant(Roles.ESCROW_OPERATOR, operator);
        inputs.grants[7] = IRoleRegistry.Grant(Roles.GUARDIAN, guardian);
    }

    function assetParams(bytes32 assetId) internal view returns (IAssetFactory.DeployParams memory params) {
        params.assetId = assetId;
        params.name = "Harbour House 1";
        params.symbol = "HH1";
        params.decimals = 18;
        params.cap = CAP;
        params.issuer = issuer;
        params.custodian = custodian;
        params.payTo = payTo;
        params.price = PRICE;
        params.metadataURI = "https://portal.example/metadata/0123456789abcdef.json";
        params.metadataHash = keccak256("terms");
        params.policies = [allow(DE), allow(DE) | allow(US), allow(DE) | allow(US), allow(DE)];
        params.implementation = tokenImplementation;
    }

    function newAsset(bytes32 assetId, bool limited, Limits memory limits) internal returns (IAssetToken, IEscrow) {
        IAssetFactory.DeployParams memory params = assetParams(assetId);
        params.limited = limited;
        params.limits = limits;
        vm.prank(assetAdmin);
        (address token_, address escrow_) = factory.deployAsset(params);
        return (IAssetToken(token_), IEscrow(escrow_));
    }

    function admit(address wallet, uint128 investorId) internal {
        admitAs(wallet, investorId, RETAIL, DE);
    }

    function admitAs(address wallet, uint128 investorId, uint8 investorType, uint8 jurisdiction) internal {
        ProfileInput[] memory inputs = new ProfileInput[](1);
        inputs[0] = ProfileInput(wallet, uint48(NOW + 365 days), jurisdiction, investorType, investorId, true);
        vm.prank(officer);
        compliance.setProfilesAndAllowlist(inputs);
    }

    function attest(IAssetToken token_, uint96 units) internal {
        vm.prank(custodian);
        custody.attest(address(token_), keccak256("proof"), units, 0, uint48(NOW + 365 days));
    }

    /// @dev Excludes the treasury, a SYSTEM wallet, from the token's snapshots.
    function excludeTreasury() internal {
        admitAs(treasury, TREASURY_ID, SYSTEM, DE);
        vm.prank(address(timelock));
        token.setExcluded(treasury, true);
    }

    function orderFor(address buyer, uint256 units) internal view returns (Order memory order) {
        return orderIn(escrow, buyer, units, "order");
    }

    function orderIn(IEscrow escrow_, address buyer, uint256 units, bytes32 salt)
        internal
        view
        returns (Order memory order)
    {
        order.buyer = buyer;
        order.units = uint96(units);
        order.payment = uint96(escrow_.paymentFor(uint96(units)));
        order.payBy = uint48(block.timestamp + 3 days);
        order.settleBy = uint48(block.timestamp + 10 days);
        order.termsHash = keccak256("agreement");
        order.salt = salt;
    }

    function pay(address to, uint256 amount) internal {
        vm.prank(CIRCLE);
        usdc.mint(to, amount);
    }

    function deposit(Order memory order) internal returns (bytes32 orderId) {
        return depositIn(escrow, order);
    }

    function depositIn(IEscrow escrow_, Order memory order) internal returns (bytes32 orderId) {
        pay(order.buyer, order.payment);
        vm.startPrank(order.buyer);
        usdc.approve(address(escrow_), order.payment);
        orderId = escrow_.deposit(order);
        vm.stopPrank();
    }

    /// @dev Buys through the whole path: deposit, then mint.
    function buy(address buyer, uint256 units) internal {
        buyIn(escrow, buyer, units);
    }

    function buyIn(IEscrow escrow_, address buyer, uint256 units) internal {
        bytes32 salt = keccak256(abi.encode(buyer, units, IAssetToken(escrow_.token()).totalMinted()));
        bytes32 orderId = depositIn(escrow_, orderIn(escrow_, buyer, units, salt));
        vm.prank(issuer);
        issuance.mint(orderId);
    }

    function send(address from, address to, uint256 amount) internal {
        vm.prank(from);
        token.transfer(to, amount);
    }

    function pauseToken() internal {
        vm.prank(pauser);
        token.pause();
    }

    function closeToken() internal {
        pauseToken();
        vm.prank(address(timelock));
        token.markRedeemed();
    }

    function sanction(address wallet) internal {
        vm.prank(officer);
        compliance.setSanctioned(list(wallet), true);
    }

    function freezeWallet(address wallet, bool frozen) internal {
        vm.prank(freezer);
        compliance.setWalletsFrozen(list(wallet), frozen);
    }

    function missing(address account, bytes32 role) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IGoverned.MissingRole.selector, account, role);
    }

    function onlyCaller(address expected, address caller) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IGoverned.OnlyCaller.selector, expected, caller);
    }

    function allow(uint8 jurisdiction) internal pure returns (uint256) {
        return 1 << jurisdiction;
    }

    function list(address one) internal pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = one;
    }

    function list(bytes32 one) internal pure returns (bytes32[] memory ids) {
        ids = new bytes32[](1);
        ids[0] = one;
    }

    function err(bytes4 selector, uint256 a) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a);
    }

    function err(bytes4 selector, address a) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a);
    }

    function errId(bytes4 selector, bytes32 a) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a);
    }

    function err(bytes4 selector, uint256 a, uint256 b) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b);
    }

    function errId(bytes4 selector, bytes32 a, uint256 b) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b);
    }

    function err(bytes4 selector, address a, uint256 b) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b);
    }

    function err(bytes4 selector, address a, address b) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b);
    }

    function err(bytes4 selector, uint256 a, address b) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b);
    }

    function err(bytes4 selector, address a, uint256 b, uint256 c) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b, c);
    }

    function err(bytes4 selector, uint256 a, uint256 b, uint256 c) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, a, b, c);
    }
}
