"""The template as CloudFormation would understand it for one set of parameters.

Conditions are decided, parameters filled in, resources that a condition leaves out are gone. References between resources stay as they
are (`{"Ref": "Vpc"}`, `{"Fn::GetAtt": ["Database", "Arn"]}`): who refers to whom is what the tests ask about.
"""

import ipaddress
import json
import pathlib
import re

import yaml

INFRA = pathlib.Path(__file__).resolve().parent.parent
PSEUDO = {
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::StackName": "fleetdesk",
    "AWS::URLSuffix": "amazonaws.com",
}
MODES = ("none", "vpn", "bastion", "public")
NOTHING = object()


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags into their long form."""


def _tag(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _tag)


def load_template():
    return yaml.load((INFRA / "template.yaml").read_text(), Loader=_Loader)


def load_parameters(mode):
    rows = json.loads((INFRA / "parameters" / f"{mode}.json").read_text())
    assert all(set(row) == {"ParameterKey", "ParameterValue"} for row in rows), "not the form that the AWS CLI reads"
    return {row["ParameterKey"]: row["ParameterValue"] for row in rows}


class ResolvedTemplate:
    """`resources[name]` is `{"Type": ..., "Properties": ...}` for every resource that this set of parameters makes."""

    def __init__(self, template, parameters):
        unknown = set(parameters) - set(template["Parameters"])
        assert not unknown, f"the template has no parameter {sorted(unknown)}"
        self.parameters = {name: str(form["Default"]) for name, form in template["Parameters"].items() if "Default" in form}
        self.parameters.update(parameters)
        missing = set(template["Parameters"]) - set(self.parameters)
        assert not missing, f"nothing is said for {sorted(missing)}"
        self._conditions = template["Conditions"]
        self.resources = {}
        for name, resource in template["Resources"].items():
            if "Condition" in resource and not self.holds(resource["Condition"]):
                continue
            self.resources[name] = {
                **{key: value for key, value in resource.items() if key not in ("Condition", "Properties")},
                "Properties": self.resolve(resource.get("Properties", {})),
            }
        self.outputs = {
            name: self.resolve(output["Value"])
            for name, output in template["Outputs"].items()
            if "Condition" not in output or self.holds(output["Condition"])
        }

    def of_type(self, kind):
        return {name: resource["Properties"] for name, resource in self.resources.items() if resource["Type"] == kind}

    def properties(self, name):
        return self.resources[name]["Properties"]

    def holds(self, name):
        return self._decide(self._conditions[name])

    def _decide(self, condition):
        ((word, value),) = condition.items()
        if word == "Condition":
            return self.holds(value)
        if word == "Fn::Equals":
            return self.resolve(value[0]) == self.resolve(value[1])
        if word == "Fn::Not":
            return not self._decide(value[0])
        if word == "Fn::And":
            return all(self._decide(part) for part in value)
        if word == "Fn::Or":
            return any(self._decide(part) for part in value)
        raise AssertionError(f"unknown condition {word}")

    def resolve(self, value):
        resolved = self._resolve(value)
        assert resolved is not NOTHING
        return resolved

    def _resolve(self, value):
        if isinstance(value, list):
            return [item for item in map(self._resolve, value) if item is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((word, inner),) = value.items()
            if word == "Ref":
                if inner == "AWS::NoValue":
                    return NOTHING
                return self.parameters.get(inner, PSEUDO.get(inner, value))
            if word == "Fn::If":
                return self._resolve(inner[1] if self.holds(inner[0]) else inner[2])
            if word == "Fn::Sub":
                text = re.sub(r"\$\{([^}]+)\}", lambda hit: str(self.parameters.get(hit[1], PSEUDO.get(hit[1], hit[0]))), inner)
                return {"Fn::Sub": text} if "${" in text else text
            if word in ("Fn::Join", "Fn::Select", "Fn::Split", "Fn::Cidr"):
                return _compute(word, self._resolve(inner))
        pairs = ((key, self._resolve(item)) for key, item in value.items())
        return {key: item for key, item in pairs if item is not NOTHING}


def _compute(word, inner):
    if word == "Fn::Split" and isinstance(inner[1], str):
        return inner[1].split(inner[0])
    if word == "Fn::Select" and isinstance(inner[1], list):
        return inner[1][int(inner[0])]
    if word == "Fn::Join" and all(isinstance(part, str) for part in inner[1]):
        return inner[0].join(inner[1])
    if word == "Fn::Cidr" and isinstance(inner[0], str):
        blocks = ipaddress.ip_network(inner[0]).subnets(new_prefix=32 - int(inner[2]))
        return [str(next(blocks)) for _ in range(int(inner[1]))]
    return {word: inner}
