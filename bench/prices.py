"""What AWS charges for a call, and how long a function waits for it: list prices of us-east-1, published medians.

Prices, in dollars: aws.amazon.com, the pages "pricing" of S3, DynamoDB (on demand, since November 2024), Lambda
(arm64), API Gateway (REST) and CloudWatch (logs). Waits: S3's from sirupsen/napkin-math, pull request 39, as seen by
one machine in the region, where HEAD and DELETE are taken to wait as GET and PUT do, and CopyObject is assumed;
DynamoDB's from alexdebrie/dynamodb-performance-testing.
"""

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million such calls, without what is charged by units; and the wait, in ms."""

    dollars: float
    wait_ms: float


CALLS = {
    "PostObject": Price(5.00, 0.0),  # by the client: no function waits for it
    "PutObject": Price(5.00, 30.0),
    "CopyObject": Price(5.00, 60.0),
    "ListObjectsV2": Price(5.00, 24.0),
    "GetObject": Price(0.40, 26.0),
    "HeadObject": Price(0.40, 26.0),
    "DeleteObject": Price(0.00, 30.0),
    "GetItem": Price(0.00, 7.6),
    "BatchGetItem": Price(0.00, 7.6),
    "PutItem": Price(0.00, 7.6),
    "UpdateItem": Price(0.00, 7.6),
    "TransactWriteItems": Price(0.00, 25.0),
}
# A million of each: DynamoDB's write and read request units, a request of a REST API, one of a function.
WRITE_UNITS, READ_UNITS, API_REQUESTS, FUNCTION_REQUESTS = 0.625, 0.125, 3.50, 0.20
FUNCTION_GB_SECOND = 0.0000133334
FUNCTION_GB = 0.5
LOGS_GB = 0.50
