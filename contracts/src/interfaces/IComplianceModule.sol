// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Limits, Profile, ProfileInput, Successor} from "../types/Compliance.sol";
import {IGoverned} from "./IGoverned.sol";

/// @title Who may hold what: profiles, allowlist, policies, limits, sanctions, successors.
/// @notice One profile a wallet serves all assets. Every write emits its full new value.
interface IComplianceModule is IGoverned {
    /// @notice The wallet's profile (the full new value; flags have their own events).
    event ProfileSet(
        address indexed wallet, uint128 indexed investorId, uint48 validUntil, uint8 jurisdiction, uint8 investorType
    );
    /// @notice The wallet was put on the allowlist or taken off.
    event AllowlistUpdated(address indexed wallet, bool allowlisted);
    /// @notice The wallet was marked sanctioned or cleared.
    event SanctionSet(address indexed wallet, bool sanctioned);
    /// @notice The wallet was frozen or unfrozen for all assets.
    event WalletFrozen(address indexed wallet, bool frozen);
    /// @notice The asset takes part from now on; `limited` never changes.
    event AssetRegistered(address indexed token, bool limited);
    /// @notice Which jurisdictions may receive, for one investor type (bit n = code n; bit 255 = limited).
    event PolicySet(address indexed token, uint8 indexed investorType, uint256 word);
    /// @notice The asset's limits.
    event LimitsSet(address indexed token, uint32 maxHolders, uint48 lockUpUntil, uint96 minHolding);
    /// @notice How many persons hold the asset, and in how many wallets this person does.
    event HolderCount(address indexed token, uint128 indexed investorId, uint32 wallets, uint32 holders);
    /// @notice `fresh` takes the place of `lost` from `effectiveAt`; zero `fresh` = cancelled.
    event SuccessorSet(address indexed lost, address indexed fresh, uint48 effectiveAt);

    /// @notice The wallet is not on the allowlist.
    error NotAllowlisted(address wallet);
    /// @notice The wallet's verification has run out.
    error ProfileExpired(address wallet, uint48 validUntil);
    /// @notice The wallet is frozen for all assets.
    error WalletIsFrozen(address wallet);
    /// @notice The wallet is sanctioned.
    error WalletIsSanctioned(address wallet);
    /// @notice A successor is named for the wallet.
    error WalletIsSucceeded(address wallet);
    /// @notice The asset's policy does not let this jurisdiction and investor type receive.
    error JurisdictionRefused(address wallet, uint8 jurisdiction, uint8 investorType);
    /// @notice No secondary transfer before `until`.
    error LockUpActive(address token, uint48 until);
    /// @notice One more person would exceed the limit.
    error TooManyHolders(address token, uint32 maxHolders);
    /// @notice The wallet would keep a smaller balance than the limit, but not none.
    error BelowMinHolding(address token, address wallet, uint256 balance, uint96 minHolding);

    /// @notice The wallet has no profile.
    error NoProfile(address wallet);
    /// @notice The wallet belongs to another person for ever.
    error InvestorIdFixed(address wallet, uint128 current, uint128 proposed);
    /// @notice investorId 0 names nobody.
    error InvestorIdZero(address wallet);
    /// @notice The jurisdiction's code is above 249.
    error InvalidJurisdiction(uint8 jurisdiction);
    /// @notice There is no such investor type.
    error InvalidInvestorType(uint8 investorType);
    /// @notice The asset takes part already.
    error AssetAlreadyRegistered(address token);
    /// @notice The asset was made without limits; holders have not been counted.
    error AssetNotLimited(address token);
    /// @notice The two wallets belong to different persons.
    error DifferentInvestors(address lost, address fresh);
    /// @notice The wallet has a successor already.
    error SuccessorExists(address lost, address fresh);
    /// @notice The successor takes effect later; until then nothing is paid.
    error SuccessorPending(address lost, uint48 effectiveAt);
    /// @notice There is no pending successor to cancel.
    error NoPendingSuccessor(address lost);

    /// @notice Sets a wallet's profile; its flags stay. COMPLIANCE. investorId is written once.
    function setProfile(address wallet, uint48 validUntil, uint8 jurisdiction, uint8 investorType, uint128 investorId)
        external;

    /// @notice Puts a wallet on the allowlist (it needs a profile) or takes it off. COMPLIANCE.
    function setAllowlist(address wallet, bool allowlisted) external;

    /// @notice `setAllowlist` for several wallets. COMPLIANCE.
    function batchSetAllowlist(address[] calldata wallets, bool allowlisted) external;

    /// @notice Sets profile and allowlist of several wallets together, e.g. all of a person's. COMPLIANCE.
    /// Emits ProfileSet and AllowlistUpdated for each.
    function setProfilesAndAllowlist(ProfileInput[] calldata inputs) external;

    /// @notice Marks wallets sanctioned, or clears them; works for wallets without a profile. COMPLIANCE.
    function setSanctioned(address[] calldata wallets, bool sanctioned) external;

    /// @notice Freezes wallets for all assets, or unfreezes them. FREEZER.
    function setWalletsFrozen(address[] calldata wallets, bool frozen) external;

    /// @notice Says which jurisdictions may receive the asset, for one investor type. COMPLIANCE. Bits outside 1-249
    /// are ignored; bit 255 stays what it was at registration.
    function setPolicy(address token, uint8 investorType, uint256 word) external;

    /// @notice Sets the asset's limits; only where it was registered as limited. COMPLIANCE.
    function setLimits(address token, Limits calldata limits) external;

    /// @notice Lets an asset take part. Factory, once an asset.
    /// @param policies One word an investor type: RETAIL, ACCREDITED, INSTITUTIONAL, SYSTEM.
    /// @param limited Whether holders are counted, so that limits can apply; never changes.
    function registerAsset(address token, uint256[4] calldata policies, bool limited, Limits calldata limits) external;

    /// @notice Names the wallet that takes a lost one's place after RECOVERY_DELAY. ENFORCER. Both profiled, one
    /// person, `fresh` eligible and without a successor itself. From now on `lost` neither sends nor receives.
    function setSuccessor(address lost, address fresh) external;

    /// @notice Withdraws a successor that is not in effect yet. COMPLIANCE or GUARDIAN.
    function cancelSuccessor(address lost) external;

    /// @notice Checks a transfer or mint of the calling token against every rule, and counts holders.
    /// @param from Zero for a mint.
    /// @param spender Who moves the units; equal to `from` for the holder's own transfer.
    /// @param fromBalance Balance before.
    /// @param toBalance Balance before.
    function onTransfer(
        address from,
        address to,
        address spender,
        uint256 amount,
        uint256 fromBalance,
        uint256 toBalance
    ) external;

    /// @notice Counts holders for a move of the calling token that no rule stops: forced transfer, recovery, burn.
    function onMove(address from, address to, uint256 amount, uint256 fromBalance, uint256 toBalance) external;

    /// @notice Who gets the money or units due to `wallet`: itself, or its successor in effect. The only redirect.
    /// Reverts while the wallet or its successor is sanctioned or frozen, or the successor is pending.
    function payeeOf(address wallet) external view returns (address);

    /// @notice Whether the wallet may send units of the asset. Never reverts.
    function canSend(address token, address wallet) external view returns (bool);

    /// @notice Whether the wallet may receive units of the asset. Never reverts.
    function canReceive(address token, address wallet) external view returns (bool);

    /// @notice Whether the holder's own transfer passes the rules kept here (not the token's own). Never reverts.
    function canTransfer(address token, address from, address to, uint256 amount) external view returns (bool);

    /// @notice Reverts with the broken rule's error unless the wallet may send.
    function checkSend(address token, address wallet) external view;

    /// @notice Reverts with the broken rule's error unless the wallet may receive.
    function checkReceive(address token, address wallet) external view;

    /// @notice Every rule a transfer would break, the token's own included, as bits of `FailedRules`; 0 = it passes.
    /// @param from Zero asks about a mint.
    /// @param spender `from` for the holder's own transfer.
    function explain(address token, address from, address to, address spender, uint256 amount)
        external
        view
        returns (uint256 failedRules);

    /// @notice What is known of a wallet.
    function profileOf(address wallet) external view returns (Profile memory);

    /// @notice Which jurisdictions may receive the asset, for one investor type.
    function policyOf(address token, uint8 investorType) external view returns (uint256);

    /// @notice The asset's limits.
    function limitsOf(address token) external view returns (Limits memory);

    /// @notice How many persons hold the asset; 0 where it is not limited.
    function holderCount(address token) external view returns (uint32);

    /// @notice In how many wallets a person holds the asset; 0 where it is not limited.
    function walletCount(address token, uint128 investorId) external view returns (uint32);

    /// @notice Whether the factory has registered the asset, and whether holders are counted.
    function registrationOf(address token) external view returns (bool registered, bool limited);

    /// @notice The successor named for a lost wallet; zero when none.
    function successorOf(address lost) external view returns (Successor memory);

    /// @notice Seconds between naming a successor and its effect.
    function RECOVERY_DELAY() external view returns (uint48);
}
