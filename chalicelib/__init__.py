"""Vestibule: sellers upload to staging, confirm verifies and admits. Everything in here ships to Lambda."""
