"""Where S3 and DynamoDB answer, as botocore finds it: the regional host, or an emulator's from the environment.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from msgspec import Struct

# botocore's partitions.json: regions of every other name are in the first partition.
_DNS_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
}
PLAIN = re.compile(r"[A-Za-z0-9/\-._~]*")
"""What percent-encoding leaves as it is, but for the slash, of which it depends on the place."""
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Address(Struct, frozen=True):
    """A resource: the scheme, the host as the `Host` header names it, and the path, percent-encoded."""

    scheme: str
    host: str
    path: str

    @property
    def origin(self) -> str:
        """Where to connect to, as https://host."""
        return f"{self.scheme}://{self.host}"

    @property
    def url(self) -> str:
        """The address as a URL."""
        return f"{self.scheme}://{self.host}{self.path}"


@dataclass(frozen=True, slots=True)
class S3Endpoint:
    """Finds the address of a bucket, or of an object in it."""

    scheme: str
    host: str
    virtual_hosts: bool

    def address(self, bucket: str, key: str = "") -> Address:
        """Where an object lies; without a key, the bucket."""
        path = key if PLAIN.fullmatch(key) else quote(key, safe="/-._~")
        # The certificate's wildcard covers one label: a bucket with a dot in its name has no host of its own by TLS.
        if self.virtual_hosts and not ("." in bucket and self.scheme == "https"):
            return Address(self.scheme, f"{bucket}.{self.host}", f"/{path}")
        return Address(self.scheme, self.host, f"/{bucket}/{path}" if path else f"/{bucket}")


def s3_endpoint(region: str, environ: Mapping[str, str], *, path_style: bool) -> S3Endpoint:
    """S3's endpoint in a region, or the one of AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, which all SDKs know."""
    scheme, host = _endpoint("s3", region, environ)
    is_ip = _is_ip(urlsplit(f"//{host}").hostname or "")
    return S3Endpoint(scheme, host, virtual_hosts=not (path_style or is_ip))


def dynamodb_address(region: str, environ: Mapping[str, str]) -> Address:
    """DynamoDB's one address in a region, or of AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL."""
    return Address(*_endpoint("dynamodb", region, environ), "/")


def _endpoint(service: str, region: str, environ: Mapping[str, str]) -> tuple[str, str]:
    configured = environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environ.get("AWS_ENDPOINT_URL")
    if not configured:
        return "https", f"{service}.{region}.{_dns_suffix(region)}"
    parts = urlsplit(configured)
    return parts.scheme, parts.netloc.removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))


def _dns_suffix(region: str) -> str:
    found = (suffix for prefix, suffix in _DNS_SUFFIXES.items() if region.startswith(prefix))
    return next(found, "amazonaws.com")


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
