"""Accounts at a moto server: prints a user's and a role's credentials, which may send and nothing else, as JSON.

Makes seven calls, which the server lets through unsigned; from the eighth on it verifies signatures and policies.
"""
import json
import sys

import boto3


def client(service):
    return boto3.client(
        service,
        endpoint_url=sys.argv[1],
        region_name="eu-west-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )


SENDING = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["sns:Publish", "ses:SendEmail", "ses:SendRawEmail"], "Resource": "*"}
    ],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}

iam = client("iam")
iam.create_user(UserName="courier")
user = iam.create_access_key(UserName="courier")["AccessKey"]
iam.put_user_policy(UserName="courier", PolicyName="send", PolicyDocument=json.dumps(SENDING))
role = iam.create_role(RoleName="courier", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
iam.put_role_policy(RoleName="courier", PolicyName="send", PolicyDocument=json.dumps(SENDING))
session = client("sts").assume_role(RoleArn=role, RoleSessionName="courier")["Credentials"]
client("sesv2").create_email_identity(EmailIdentity="login@acme.example")

print(
    json.dumps(
        {
            "user": {"access_key_id": user["AccessKeyId"], "secret_access_key": user["SecretAccessKey"]},
            "role": {
                "access_key_id": session["AccessKeyId"],
                "secret_access_key": session["SecretAccessKey"],
                "session_token": session["SessionToken"],
            },
        }
    )
)
