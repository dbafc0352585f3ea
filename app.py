"""Vestibule's entry point: the Chalice app, its middleware, its blueprints and its two other functions. No logic."""

from chalice.app import Chalice, CloudWatchEvent, S3Event

from chalicelib import telemetry
from chalicelib.http import CORS, logged, problems_only
from chalicelib.routes import BLUEPRINTS
from chalicelib.settings import settings

app = Chalice(app_name=telemetry.LOGGER, configure_logs=False)
app.api.binary_types = []  # the API is JSON only; files never pass through it
app.api.cors = CORS  # before the blueprints: routes registered earlier get none
app.register_middleware(logged, "http")
app.register_middleware(problems_only, "http")
for blueprint in BLUEPRINTS:
    app.register_blueprint(blueprint)

# What these two need is loaded by them alone: the API starts without it.


@app.on_s3_event(settings.vault_bucket, events=["s3:ObjectCreated:*"], prefix="images/", name="render")
def render(event: S3Event) -> None:
    """Make the renditions of an image that has come into the vault."""
    from chalicelib import renditions  # noqa: PLC0415

    renditions.on_created(event.bucket, event.key, event.context)


@app.schedule("rate(1 hour)", name="sweep")
def sweep(event: CloudWatchEvent) -> None:
    """Remove what crashes left behind, and purge what was deleted."""
    from chalicelib import sweep  # noqa: PLC0415

    sweep.on_schedule(event.context)
