"""Vestibule's entry point: the Chalice app, its middleware and its blueprints. No logic."""

from chalice.app import Chalice

from chalicelib.http import CORS, problems_only
from chalicelib.routes import BLUEPRINTS

app = Chalice(app_name="vestibule")
app.api.binary_types = []  # the API is JSON only; files never pass through it
app.api.cors = CORS  # before the blueprints: routes registered earlier get none
app.register_middleware(problems_only, "http")
for blueprint in BLUEPRINTS:
    app.register_blueprint(blueprint)
