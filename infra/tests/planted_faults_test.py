"""The checks have teeth: a template with a planted fault does not pass them."""

import copy

import pytest
from moto import mock_aws

import topology_test
from pretend_aws import Stack
from resolved_template import load_template


def test_planted_faults_are_seen():
    template = load_template()

    def planted(change):
        broken = copy.deepcopy(template)
        change(broken["Resources"])
        return broken

    def everybody_reads(resources):
        resources["CredentialBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Principal"] = "*"

    def no_refusal(resources):
        del resources["CredentialBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][1]

    def plain_http(resources):
        del resources["CredentialBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"][2]

    for fault in (everybody_reads, no_refusal, plain_http):
        assert topology_test.complaints_about_the_bucket(topology_test.resolved("none", planted(fault))), fault.__name__

    def nat_in_private_subnet(resources):
        resources["NatGatewayA"]["Properties"]["SubnetId"] = {"Ref": "PrivateSubnetB"}

    def function_in_public_subnets(resources):
        resources["Collector"]["Properties"]["VpcConfig"]["SubnetIds"] = [{"Ref": "PublicSubnetA"}, {"Ref": "PublicSubnetB"}]

    def open_to_all(resources):
        resources["DatabaseFromCollector"]["Properties"]["CidrIp"] = "0.0.0.0/0"
        del resources["DatabaseFromCollector"]["Properties"]["SourceSecurityGroupId"]

    seen_by = {
        nat_in_private_subnet: topology_test.test_the_collector_and_the_carrier_are_joined_by_a_nat_gateway_in_a_public_subnet,
        function_in_public_subnets: topology_test.test_the_collector_and_the_carrier_are_joined_by_a_nat_gateway_in_a_public_subnet,
        open_to_all: topology_test.test_the_database_admits_the_collector_and_the_chosen_way_in_and_nobody_else,
    }
    for fault, check in seen_by.items():
        with mock_aws():
            stack = Stack(topology_test.resolved("none", planted(fault)))
            with pytest.raises(AssertionError):
                check(("none", False, stack))
