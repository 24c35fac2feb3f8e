"""Builds the resolved template in moto (AWS in this process, no network) and reads the topology back through the API.

moto 5.2.5 creates the network but loses some properties that come from CloudFormation, and skips whole types without a word. What it
loses is said again through the plain API (`_say_again`), which keeps it; what it skips is judged from the resolved template instead.
moto filters no packets: this shows what is declared, as AWS would list it.
"""

import copy
import json

import boto3

REGION = "eu-west-1"
# Skipped by moto without an error. The topology test reads these from the resolved template.
SKIPPED = {
    "AWS::CloudWatch::Alarm",
    "AWS::EC2::ClientVpnAuthorizationRule",
    "AWS::EC2::ClientVpnEndpoint",
    "AWS::EC2::ClientVpnTargetNetworkAssociation",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::Scheduler::Schedule",
    "AWS::SecretsManager::Secret",
}
# Made by moto without an id in the stack's list.
WITHOUT_ID = {"AWS::EC2::SecurityGroupIngress", "AWS::RDS::DBSubnetGroup", "AWS::RDS::DBParameterGroup"}


def _for_moto(resolved):
    resources = copy.deepcopy(resolved.resources)
    text = json.dumps(resources)
    # An attribute that moto lacks, in either form.
    text = text.replace("${Database.DbiResourceId}", "db-EXAMPLE")
    resources = json.loads(text)
    for resource in resources.values():
        resource.pop("Condition", None)
    # A reference to a parameter group ends in an AttributeError inside moto.
    resources["Database"]["Properties"].pop("DBParameterGroupName")
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


class Stack:
    """The stack in moto. Call it inside `mock_aws()`."""

    def __init__(self, resolved):
        self.resolved = resolved
        self.ec2 = boto3.client("ec2", REGION)
        self.rds = boto3.client("rds", REGION)
        self.functions = boto3.client("lambda", REGION)
        formation = boto3.client("cloudformation", REGION)
        code = resolved.parameters["CodeBucket"]
        s3 = boto3.client("s3", REGION)
        s3.create_bucket(Bucket=code, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=code, Key=resolved.parameters["CodeKey"], Body=b"a zip file")
        formation.create_stack(StackName="fleetdesk", TemplateBody=json.dumps(_for_moto(resolved)), Capabilities=["CAPABILITY_IAM"])
        self.status = formation.describe_stacks(StackName="fleetdesk")["Stacks"][0]["StackStatus"]
        rows = formation.list_stack_resources(StackName="fleetdesk")["StackResourceSummaries"]
        self.ids = {row["LogicalResourceId"]: row.get("PhysicalResourceId") for row in rows}
        self._say_again()

    def _say_again(self):
        for properties in self.resolved.of_type("AWS::EC2::SubnetRouteTableAssociation").values():
            self.ec2.associate_route_table(SubnetId=self.physical(properties["SubnetId"]), RouteTableId=self.physical(properties["RouteTableId"]))
        for name, properties in self.resolved.of_type("AWS::EC2::SecurityGroup").items():
            group, rules = self.ids[name], properties["SecurityGroupEgress"]
            everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
            self.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
            for rule in rules:
                permission = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort")} | {"IpRanges": [{"CidrIp": rule["CidrIp"]}]}
                self.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[permission])
        for properties in self.resolved.of_type("AWS::EC2::SecurityGroupEgress").values():
            self.ec2.authorize_security_group_egress(
                GroupId=self.physical(properties["GroupId"]),
                IpPermissions=[
                    {
                        "IpProtocol": properties["IpProtocol"],
                        "FromPort": properties["FromPort"],
                        "ToPort": properties["ToPort"],
                        "UserIdGroupPairs": [{"GroupId": self.physical(properties["DestinationSecurityGroupId"])}],
                    }
                ],
            )
        groups = [self.physical(group) for group in self.resolved.properties("Database")["VPCSecurityGroups"]]
        self.rds.modify_db_instance(DBInstanceIdentifier=self.ids["Database"], VpcSecurityGroupIds=groups)
        for name, properties in self.resolved.of_type("AWS::EC2::Instance").items():
            groups = [self.physical(group) for group in properties["SecurityGroupIds"]]
            self.ec2.modify_instance_attribute(InstanceId=self.ids[name], Groups=groups)

    def physical(self, reference):
        """The id of the resource that a `Ref` or `Fn::GetAtt` names."""
        ((word, value),) = reference.items()
        return self.ids[value if word == "Ref" else value[0]]

    def name_of(self, physical):
        return next((name for name, known in self.ids.items() if known == physical), physical)

    def route_table_of(self, subnet):
        tables = self.ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["RouteTables"]
        assert len(tables) == 1, f"{self.name_of(subnet)} has {len(tables)} route tables of its own"
        return tables[0]

    def way_out(self, subnet):
        """`("internet", None)`, `("nat", subnet of the NAT gateway)` or `(None, None)`."""
        for route in self.route_table_of(subnet)["Routes"]:
            if route.get("DestinationCidrBlock") != "0.0.0.0/0":
                continue
            if route.get("GatewayId", "").startswith("igw-"):
                return "internet", None
            if "NatGatewayId" in route:
                nat = self.ec2.describe_nat_gateways(NatGatewayIds=[route["NatGatewayId"]])["NatGateways"][0]
                return "nat", nat["SubnetId"]
        return None, None

    def admitted(self, group):
        """Who may call the group: `{(port from, port to, group name or range)}`."""
        found = self.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        return self._sides(found["IpPermissions"])

    def called(self, group):
        """Whom the group may call."""
        found = self.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        return self._sides(found["IpPermissionsEgress"])

    def _sides(self, permissions):
        sides = set()
        for permission in permissions:
            ports = permission.get("FromPort"), permission.get("ToPort")
            sides.update((*ports, self.name_of(pair["GroupId"])) for pair in permission["UserIdGroupPairs"])
            sides.update((*ports, block["CidrIp"]) for block in permission["IpRanges"])
            sides.update((*ports, block["CidrIpv6"]) for block in permission.get("Ipv6Ranges", []))
        return sides
