// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Campaign} from "./Campaign.sol";

/// @dev The handlers themselves refuse every breach at the moment it happens (numbers 2 to 6, 9, 11, 14 to 17, 22);
/// the invariants look at what stands afterwards.
contract UnitsInvariants is Campaign {
    function invariant_01_sum_of_balances_is_the_supply() external view {
        world.check1();
    }

    function invariant_02_supply_within_cap_and_every_mint_backed() external view {
        world.check2();
    }

    function invariant_05_frozen_and_locked_parts_are_never_spent() external {
        world.check5();
    }

    function invariant_07_balanceOfAt_never_changes() external view {
        world.check7();
    }

    function invariant_08_sum_of_balanceOfAt_is_eligibleSupplyAt() external view {
        world.check8();
    }

    function invariant_16_minted_and_burned_are_the_records() external view {
        world.check16();
    }

    function invariant_17_a_closed_asset_stays_closed() external view {
        world.check17();
    }

    function invariant_24_holder_counts_are_right_with_many_wallets_a_person() external view {
        world.check24();
    }
}

contract MoneyInvariants is Campaign {
    function invariant_09_claimed_within_funded_within_declared() external view {
        world.check9();
    }

    function invariant_10_the_distributor_has_what_it_owes() external view {
        world.check10();
    }

    function invariant_11_a_holder_is_paid_once_exactly_the_floor() external view {
        world.check11();
    }

    function invariant_12_dust_is_less_than_the_holders() external view {
        world.check12();
    }

    function invariant_13_the_escrow_has_what_the_ghost_ledger_says() external view {
        world.check13();
    }

    function invariant_14_an_order_goes_one_way() external view {
        world.check14();
    }

    function invariant_15_every_funded_order_ends() external {
        world.check15();
    }

    function invariant_23_events_alone_tell_every_view() external view {
        world.check23();
    }
}

contract RulesInvariants is Campaign {
    function invariant_03_no_public_path_moves_tokens_when_canTransfer_is_false() external {
        world.checkTransfers(false);
    }

    function invariant_04_the_holders_own_transfer_passes_when_canTransfer_is_true() external {
        world.checkTransfers(true);
    }

    function invariant_06_a_forced_transfer_conserves_supply_and_to_self_reverts() external {
        world.check6();
    }

    function invariant_22_explain_is_the_real_call() external {
        world.check22();
    }
}
