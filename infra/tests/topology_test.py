"""What the template promises, for each way in and for one NAT or one for each zone: who reaches whom, and who may read what."""

import ipaddress
import json
import os
import re

import pytest
from moto import mock_aws

from pretend_aws import SKIPPED, WITHOUT_ID, Stack
from resolved_template import MODES, ResolvedTemplate, load_parameters, load_template

os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="eu-west-1")
CREDENTIALS = ("iam-token", "s3-file", "secrets-manager")
WAYS_IN = {
    "none": set(),
    "vpn": {"VpnGroup"},
    "bastion": {"BastionGroup"},
    "public": {"203.0.113.0/28"},
}


def resolved(mode, template=None, **changed):
    return ResolvedTemplate(template or load_template(), {**load_parameters(mode), **changed})


@pytest.fixture(scope="module", params=[(mode, nat) for mode in MODES for nat in ("false", "true")], ids=lambda it: f"{it[0]}-nat-per-zone-{it[1]}")
def built(request):
    mode, nat = request.param
    with mock_aws():
        yield mode, nat == "true", Stack(resolved(mode, NatPerZone=nat))


# --- The network as the API lists it -------------------------------------------------------------------------------------------


def test_the_stack_is_made_and_nothing_else_was_skipped(built):
    _, _, stack = built
    assert stack.status == "CREATE_COMPLETE"
    for name, resource in stack.resolved.resources.items():
        if resource["Type"] not in SKIPPED | WITHOUT_ID:
            assert stack.ids.get(name), f"{name} was not made"


def test_the_collector_and_the_carrier_are_joined_by_a_nat_gateway_in_a_public_subnet(built):
    _, nat_per_zone, stack = built
    function = stack.functions.get_function_configuration(FunctionName=stack.ids["Collector"])
    subnets = function["VpcConfig"]["SubnetIds"]
    assert {stack.name_of(subnet) for subnet in subnets} == {"PrivateSubnetA", "PrivateSubnetB"}
    standing = set()
    for subnet in subnets:
        kind, nat_subnet = stack.way_out(subnet)
        assert kind == "nat", "a function without NAT never reaches the carrier"
        assert stack.way_out(nat_subnet)[0] == "internet", "the NAT gateway stands in a private subnet"
        standing.add(stack.name_of(nat_subnet))
    assert standing == ({"PublicSubnetA", "PublicSubnetB"} if nat_per_zone else {"PublicSubnetA"})
    assert (443, 443, "0.0.0.0/0") in stack.called(stack.ids["CollectorGroup"])


def test_the_two_zones_are_two(built):
    _, _, stack = built
    subnets = stack.ec2.describe_subnets(SubnetIds=[stack.ids[name] for name in ("PrivateSubnetA", "PrivateSubnetB")])["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 2


def test_credentials_are_read_past_the_nat(built):
    _, _, stack = built
    (endpoint,) = stack.ec2.describe_vpc_endpoints(VpcEndpointIds=[stack.ids["S3Endpoint"]])["VpcEndpoints"]
    assert endpoint["VpcEndpointType"] == "Gateway" and endpoint["ServiceName"].endswith(".s3")
    private = {stack.route_table_of(stack.ids[name])["RouteTableId"] for name in ("PrivateSubnetA", "PrivateSubnetB")}
    assert set(endpoint["RouteTableIds"]) == private


@pytest.mark.parametrize("mode", MODES)
def test_by_the_way_to_s3_only_the_credentials_are_read_and_nothing_is_carried_out(mode):
    rules = resolved(mode).properties("S3Endpoint")["PolicyDocument"]["Statement"]
    assert [rule["Sid"] for rule in rules] == ["CredentialsOfTheCollector"] + (["UpdatesOfTheBastion"] if mode == "bastion" else [])
    assert all(rule["Effect"] == "Allow" and rule["Action"] == "s3:GetObject" for rule in rules)
    assert {where["Fn::Sub"] for where in rules[0]["Resource"]} == {
        "${CredentialBucket.Arn}/carrier/account.json",
        "${CredentialBucket.Arn}/database/password.json",
    }


@pytest.mark.parametrize("mode", MODES)
def test_the_disk_may_grow_beyond_its_first_size(mode):
    made = resolved(mode)
    database = made.properties("Database")
    assert int(database["MaxAllocatedStorage"]) >= 1.1 * int(database["AllocatedStorage"])


def test_the_database_admits_the_collector_and_the_chosen_way_in_and_nobody_else(built):
    mode, _, stack = built
    group = stack.ids["DatabaseGroup"]
    assert {side[:2] for side in stack.admitted(group)} == {(5432, 5432)}
    assert {side[2] for side in stack.admitted(group)} == {"CollectorGroup"} | WAYS_IN[mode]
    (database,) = stack.rds.describe_db_instances(DBInstanceIdentifier=stack.ids["Database"])["DBInstances"]
    assert [entry["VpcSecurityGroupId"] for entry in database["VpcSecurityGroups"]] == [group]
    assert (5432, 5432, "DatabaseGroup") in stack.called(stack.ids["CollectorGroup"])
    assert {side[2] for side in stack.called(group)} == {"127.0.0.1/32"}, "the database calls nobody"


def test_only_a_public_database_stands_where_the_internet_reaches(built):
    mode, _, stack = built
    (database,) = stack.rds.describe_db_instances(DBInstanceIdentifier=stack.ids["Database"])["DBInstances"]
    assert database["PubliclyAccessible"] is (mode == "public")
    ways = {stack.way_out(subnet["SubnetIdentifier"])[0] for subnet in database["DBSubnetGroup"]["Subnets"]}
    assert ways == ({"internet"} if mode == "public" else {"nat"})
    assert len(database["DBSubnetGroup"]["Subnets"]) == 2


def test_nobody_can_call_the_bastion_the_collector_or_the_vpn_group(built):
    mode, _, stack = built
    for name in ("CollectorGroup", "BastionGroup", "VpnGroup"):
        if name in stack.ids:
            assert stack.admitted(stack.ids[name]) == set()
    instances = [one for group in stack.ec2.describe_instances()["Reservations"] for one in group["Instances"]]
    assert len(instances) == (1 if mode == "bastion" else 0)
    for instance in instances:
        assert stack.name_of(instance["SubnetId"]) == "PrivateSubnetA"
        assert "PublicIpAddress" not in instance
        assert [stack.name_of(group["GroupId"]) for group in instance["SecurityGroups"]] == ["BastionGroup"]


def test_each_way_in_makes_its_own_parts_only(built):
    mode, _, stack = built
    kinds = {resource["Type"] for resource in stack.resolved.resources.values()}
    assert ("AWS::EC2::ClientVpnEndpoint" in kinds) is (mode == "vpn")
    assert ("AWS::EC2::Instance" in kinds) is (mode == "bastion")
    ranges = [rule["CidrIp"] for rule in stack.resolved.of_type("AWS::EC2::SecurityGroupIngress").values() if "CidrIp" in rule]
    assert bool(ranges) is (mode == "public")
    assert all(ipaddress.ip_network(block).prefixlen >= 24 for block in ranges)


# --- What moto does not keep: read from the resolved template -------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_the_database_is_encrypted_backed_up_and_known_by_iam(mode):
    database = resolved(mode).properties("Database")
    for name in ("StorageEncrypted", "EnableIAMDatabaseAuthentication", "ManageMasterUserPassword", "DeletionProtection"):
        assert database[name] is True, name
    assert "MasterUserPassword" not in database and int(database["BackupRetentionPeriod"]) >= 7
    assert resolved(mode).properties("DatabaseParameters")["Parameters"]["rds.force_ssl"] == "1"
    assert resolved(mode).resources["Database"]["DeletionPolicy"] == "Snapshot"


def complaints_about_the_bucket(made):
    policy = made.properties("CredentialBucketPolicy")["PolicyDocument"]["Statement"]
    role = {"Fn::GetAtt": ["CollectorRole", "Arn"]}
    keys = ["carrier/account.json"] + (["database/password.json"] if made.parameters["CredentialMode"] == "s3-file" else [])
    wanted = [{"Fn::Sub": "${CredentialBucket.Arn}/" + key} for key in keys]
    found = []
    allowed = [rule for rule in policy if rule["Effect"] == "Allow"]
    if not (len(allowed) == 1 and allowed[0]["Principal"] == {"AWS": role} and allowed[0]["Action"] == "s3:GetObject" and allowed[0]["Resource"] == wanted):
        found.append("somebody else may read, or something else")
    denied = [rule for rule in policy if rule["Effect"] == "Deny" and rule["Principal"] == "*"]
    if not any(rule["Action"] == "s3:GetObject*" and rule["Condition"] == {"StringNotEquals": {"aws:PrincipalArn": role}} for rule in denied):
        found.append("readers other than the collector are not refused")
    if not any(rule["Action"] == "s3:*" and rule["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} for rule in denied):
        found.append("plain HTTP is not refused")
    if not all(made.properties("CredentialBucket")["PublicAccessBlockConfiguration"].values()):
        found.append("the bucket can be made public")
    return found


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_only_the_collector_reads_the_credential_bucket(credential):
    assert complaints_about_the_bucket(resolved("none", CredentialMode=credential)) == []


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_the_collector_may_do_no_more_than_its_work(credential):
    made = resolved("none", CredentialMode=credential)
    role = made.properties("CollectorRole")
    assert "ManagedPolicyArns" not in role
    rules = [rule for policy in role["Policies"] for rule in policy["PolicyDocument"]["Statement"]]
    actions = {action for rule in rules if rule["Effect"] == "Allow" for action in ([rule["Action"]] if isinstance(rule["Action"], str) else rule["Action"])}
    own = {"iam-token": {"rds-db:connect"}, "s3-file": set(), "secrets-manager": {"secretsmanager:GetSecretValue"}}[credential]
    interfaces = {action for action in actions if action.startswith("ec2:")}
    assert actions - interfaces == {"logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject", "kms:Decrypt"} | own
    assert not any("*" in action for action in actions)
    wide = [rule for rule in rules if rule["Effect"] == "Allow" and rule["Resource"] == "*"]
    assert len(wide) == 1 and set(wide[0]["Action"]) == interfaces, "only the network interfaces are on everything"
    (refusal,) = [rule for rule in rules if rule["Effect"] == "Deny"]
    assert refusal["Action"] == "ec2:*" and "lambda:SourceFunctionArn" in refusal["Condition"]["ArnEquals"]
    assert refusal["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"].endswith(":function:" + made.properties("Collector")["FunctionName"])
    if credential == "iam-token":
        (connect,) = [rule for rule in rules if rule["Action"] == "rds-db:connect"]
        assert connect["Resource"]["Fn::Sub"].endswith(":dbuser:${Database.DbiResourceId}/collector")


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_no_value_given_to_the_function_is_a_secret(credential):
    made = resolved("none", CredentialMode=credential)
    variables = made.properties("Collector")["Environment"]["Variables"]
    place = variables["COLLECTOR_DATABASE_CREDENTIAL"]
    expected = {"iam-token": "iam", "s3-file": {"Fn::Sub": "s3://${CredentialBucket}/database/password.json"}, "secrets-manager": {"Fn::Sub": "secretsmanager:${DatabasePassword}"}}
    assert place == expected[credential]
    assert "resolve:secretsmanager" not in json.dumps(variables)
    assert ("DatabasePassword" in made.resources) is (credential == "secrets-manager")


def test_a_run_is_never_repeated_by_itself_and_starts_by_one_right_only():
    made = resolved("none")
    assert made.properties("CollectorInvocations")["MaximumRetryAttempts"] == 0
    assert made.properties("CollectorInvocations")["MaximumEventAgeInSeconds"] == 60
    target = made.properties("CollectorSchedule")["Target"]
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 0 and target["Arn"] == {"Fn::GetAtt": ["Collector", "Arn"]}
    (policy,) = made.properties("SchedulerRole")["Policies"]
    (rule,) = policy["PolicyDocument"]["Statement"]
    assert rule["Action"] == "lambda:InvokeFunction" and rule["Resource"] == {"Fn::GetAtt": ["Collector", "Arn"]}
    function = made.properties("Collector")
    assert function["Architectures"] == ["arm64"] and function["Runtime"] == "provided.al2023" and function["Timeout"] < 300


def test_one_instance_is_kept_where_the_account_allows_it():
    assert resolved("none", CollectorMayReserveConcurrency="true").properties("Collector")["ReservedConcurrentExecutions"] == 1
    assert "ReservedConcurrentExecutions" not in resolved("none", CollectorMayReserveConcurrency="false").properties("Collector")


def test_silence_raises_an_alarm_as_much_as_lag():
    alarms = resolved("none").of_type("AWS::CloudWatch::Alarm")
    for name in ("LagAlarm", "MissingRunsAlarm"):
        assert alarms[name]["TreatMissingData"] == "breaching" and alarms[name]["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    logs = resolved("vpn").of_type("AWS::Logs::LogGroup")
    assert {int(group["RetentionInDays"]) for group in logs.values()} == {90} and len(logs) == 2


def test_the_vpn_reaches_this_network_only_and_is_logged():
    made = resolved("vpn")
    assert made.properties("VpnAuthorization")["TargetNetworkCidr"] == made.parameters["VpcCidr"]
    endpoint = made.properties("VpnEndpoint")
    assert endpoint["ConnectionLogOptions"]["Enabled"] is True and endpoint["SplitTunnel"] is True
    assert endpoint["DnsServers"] == ["10.64.0.2"]
    assert endpoint["SecurityGroupIds"] == [{"Fn::GetAtt": ["VpnGroup", "GroupId"]}]


@pytest.mark.parametrize("refused", ["0.0.0.0/0", "0.0.0.0/32", "203.0.113.0/23", "203.0.113.0", "10.0.0.0/8"])
def test_a_wide_public_range_is_refused_by_its_pattern(refused):
    pattern = load_template()["Parameters"]["PublicCidr1"]["AllowedPattern"]
    assert re.fullmatch(pattern, refused) is None
    assert re.fullmatch(pattern, "203.0.113.0/28") and re.fullmatch(pattern, "")


@pytest.mark.parametrize("mode", MODES)
def test_a_ready_set_of_parameters_fits_the_template(mode):
    forms, given = load_template()["Parameters"], load_parameters(mode)
    assert given["TableauAccess"] == mode
    for name, value in given.items():
        form = forms[name]
        assert value in [str(word) for word in form.get("AllowedValues", [value])], name
        assert re.fullmatch(form.get("AllowedPattern", ".*"), value), name
