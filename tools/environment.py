"""Lets a tool import the app, which wants its settings, without any AWS account."""

import os

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
    for name in [name for name in os.environ if name.startswith("VESTIBULE_")]:
        del os.environ[name]
    os.environ.update(PLACEHOLDERS)
