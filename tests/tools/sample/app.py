"""A small Chalice app with one of each thing that Vestibule has, or will have: for the golden files."""

import os
from typing import Any

from chalice.app import Chalice, CognitoUserPoolAuthorizer, CORSConfig, Rate

app = Chalice(app_name="sample")
app.api.binary_types = []
app.api.cors = CORSConfig(allow_origin="${var.allowed_origin}")
sellers = CognitoUserPoolAuthorizer("sellers", provider_arns=["${var.user_pool_arn}"])


@app.route("/things/{thing_id}", methods=["GET"], authorizer=sellers)
def get_thing(thing_id: str) -> Any:
    """Read a thing."""
    return {"id": thing_id}


@app.route("/health", methods=["GET"])
def get_health() -> Any:
    """Tell that it answers."""
    return {}


@app.schedule(Rate(1, unit=Rate.HOURS))
def sweep(event: Any) -> None:
    """Sweep."""


@app.on_s3_event(bucket=os.environ["BUCKET"], prefix="images/", events=["s3:ObjectCreated:*"])
def render(event: Any) -> None:
    """Render."""
