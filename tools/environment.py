"""Lets a tool import the app, which wants its settings: a stage's, or any, without an AWS account."""

import os
from collections.abc import Mapping

PLACEHOLDERS = {
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "unused",
    "AWS_SECRET_ACCESS_KEY": "unused",
    "VESTIBULE_TABLE": "vestibule",
    "VESTIBULE_STAGING_BUCKET": "vestibule-staging",
    "VESTIBULE_VAULT_BUCKET": "vestibule-vault",
    "VESTIBULE_MEDIA_BUCKET": "vestibule-media",
    "VESTIBULE_MEDIA_URL": "https://media.example",
    "VESTIBULE_USER_POOL_ARN": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Example01",
    "VESTIBULE_USER_POOL_CLIENT_ID": "exampleclient",
    "VESTIBULE_ALLOWED_ORIGIN": "https://shop.example",
}


def use_placeholders() -> None:
    """Set what the app wants to see; nothing of it is ever called."""
    use(PLACEHOLDERS)


def use(settings: Mapping[str, str]) -> None:
    """Let the app see these settings, and none of whoever runs the tool."""
    for name in [name for name in os.environ if name.startswith("VESTIBULE_")]:
        del os.environ[name]
    os.environ.update(settings)
