import pytest

from rwa_portal.conf.approvals import needed_in


@pytest.mark.parametrize(("name", "people"), [("dev", 0), ("testnet", 1), ("staging", 2), ("mainnet", 2)])
def test_each_environment_asks_for_so_many_others(name, people):
    policy = needed_in(name)

    assert (policy["*"], policy["core.grant_role"]) == (people, people)
    assert policy["subscriptions.relay_deposit"] == policy["subscriptions.refund"] == 0


def test_a_deployment_can_ask_for_more_but_never_for_less():
    assert needed_in("dev", at_least=1)["*"] == 1
    assert needed_in("dev", at_least=1)["core.grant_role"] == 0  # dev's first person has nobody to ask
    assert needed_in("mainnet", at_least=1)["*"] == 2


def test_an_environment_that_does_not_exist_has_no_policy():
    with pytest.raises(KeyError):
        needed_in("production")
