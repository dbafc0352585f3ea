"""boto3's clients, for what tests do and look at themselves."""

import boto3

s3 = boto3.client("s3")
dynamodb = boto3.client("dynamodb")
