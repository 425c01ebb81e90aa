// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAssetFactory} from "../../src/interfaces/IAssetFactory.sol";
import {IAssetToken} from "../../src/interfaces/IAssetToken.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {ACCREDITED, Limits, RETAIL, SYSTEM} from "../../src/types/Compliance.sol";
import {Vm} from "../base/Test.sol";
import {Fixture} from "../base/Fixture.sol";

/// @title Three assets, eight wallets, Circle's USDC: the stage on which the handlers act at random.
/// @notice Assets: 18 decimals without limits, 0 decimals with every limit, 6 decimals counted without limits. Wallets:
/// a person with two, four with one, a SYSTEM treasury and a stranger nobody knows.
abstract contract World is Fixture {
    uint256 internal constant ASSETS = 3;
    uint256 internal constant ACTORS = 8;
    address internal constant UNCLAIMED = address(0x0C1A);

    IAssetToken[ASSETS] internal assets;
    IEscrow[ASSETS] internal escrows;
    uint256[ASSETS] internal units;
    address[ACTORS] internal actors;
    uint256[ACTORS] internal keys = [ALICE_KEY, 0xA11CE2, 0xB0B, 0xCA201, 0xDA7E, 0xE21, 0x72E5, 0x57A2];

    mapping(bytes32 name => uint256 count) internal successes;
    uint256 private _random;

    function setUp() public virtual override {
        for (uint256 i = 0; i < ACTORS; ++i) {
            actors[i] = vm.addr(keys[i]);
        }
        (alice2, bob, carol, treasury) = (actors[1], actors[2], actors[3], actors[6]);
        vm.recordLogs();
        super.setUp();
        (assets[0], escrows[0]) = (token, escrow);
        (assets[1], escrows[1]) = newAssetOf("whole units", 0, 7_000_001, Limits(4, uint48(NOW + 1 days), 2));
        (assets[2], escrows[2]) = newAssetOf("small units", 6, 333_333, Limits(0, 0, 0));
        admitAs(carol, CAROL_ID, ACCREDITED, US);
        admitAs(actors[4], 1005, RETAIL, DE);
        admitAs(actors[5], 1006, ACCREDITED, DE);
        admitAs(treasury, TREASURY_ID, SYSTEM, DE);
        giveMoney();
        for (uint256 a = 0; a < ASSETS; ++a) {
            units[a] = 10 ** assets[a].decimals();
            attestAsset(assets[a], 16 * units[a]);
            vm.prank(assetAdmin);
            factory.setUnclaimedAccount(address(assets[a]), UNCLAIMED);
        }
    }

    function newAssetOf(bytes32 assetId, uint8 decimals, uint96 price, Limits memory limits)
        private
        returns (IAssetToken, IEscrow)
    {
        IAssetFactory.DeployParams memory params = assetParams(assetId);
        params.decimals = decimals;
        params.price = price;
        params.cap = uint96(24 * 10 ** decimals);
        params.limited = true;
        params.limits = limits;
        vm.prank(assetAdmin);
        (address token_, address escrow_) = factory.deployAsset(params);
        return (IAssetToken(token_), IEscrow(escrow_));
    }

    function attestAsset(IAssetToken asset, uint256 amount) private {
        vm.prank(custodian);
        custody.attest(address(asset), keccak256("proof"), uint96(amount), 0, uint48(NOW + 365 days));
    }

    function giveMoney() private {
        for (uint256 i = 0; i <= ACTORS; ++i) {
            address who = i == ACTORS ? treasurer : actors[i];
            pay(who, 1e15);
            vm.startPrank(who);
            for (uint256 a = 0; a < ASSETS; ++a) {
                usdc.approve(address(escrows[a]), type(uint256).max);
            }
            usdc.approve(suite.dividends, type(uint256).max);
            usdc.approve(suite.redemption, type(uint256).max);
            vm.stopPrank();
        }
    }

    /// @dev Calls as `caller`; counts the success under `name` and shows its events to the model.
    function attempt(bytes32 name, address caller, address target, bytes memory data)
        internal
        returns (bool ok, bytes memory answer)
    {
        vm.prank(caller);
        (ok, answer) = target.call(data);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        if (!ok) return (ok, answer);
        ++successes[name];
        absorb(logs);
    }

    function absorb(Vm.Log[] memory logs) internal virtual;

    /// @dev Every choice of an action follows from its one argument.
    function seedWith(uint256 seed) internal {
        _random = uint256(keccak256(abi.encode(seed)));
    }

    /// @dev A number below `limit`.
    function random(uint256 limit) internal returns (uint256) {
        _random = uint256(keccak256(abi.encode(_random)));
        return _random % limit;
    }

    function anActor() internal returns (address) {
        return actors[random(ACTORS)];
    }

    /// @dev True once in `times`.
    function rarely(uint256 times) internal returns (bool) {
        return random(times) == 0;
    }
}
